"""Collectors: they look at what they are given, and turn it into facts."""
