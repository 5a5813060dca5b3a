"""Causes by which the browser does not store the session cookie."""
