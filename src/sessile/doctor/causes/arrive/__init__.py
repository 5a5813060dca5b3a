"""Causes by which the cookie that the browser sent does not reach the service as it was."""
