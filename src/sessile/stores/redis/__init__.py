"""Sessions in Redis, under the keys and in the format of connect-redis."""
