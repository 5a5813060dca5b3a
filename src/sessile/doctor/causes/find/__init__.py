"""Causes by which a reader does not see the row."""
