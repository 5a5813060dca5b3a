"""Causes by which the login's row is not written."""
