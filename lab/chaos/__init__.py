"""Chaos: PostgreSQL is struck again and again under a steady load, and a ledger tells which promise was broken."""
