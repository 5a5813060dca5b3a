"""Stores: where sessions rest between requests."""
