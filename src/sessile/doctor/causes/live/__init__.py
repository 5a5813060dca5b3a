"""Causes by which the row has expired for its reader."""
