"""Sessions in PostgreSQL, in the table that connect-pg-simple uses."""
