"""Causes by which the login's response carries no session cookie."""
