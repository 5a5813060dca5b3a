"""Fixes: plans that put a cause right without losing a live session."""
