"""Causes by which the store does not answer."""
