"""Causes by which a session is found, and names no user who exists."""
