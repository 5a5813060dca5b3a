"""Causes that stop a session before the first request."""
