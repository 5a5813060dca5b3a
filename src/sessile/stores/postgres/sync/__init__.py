"""The synchronous executor: the same statements, one round trip each, on connections that threads take in turn."""
