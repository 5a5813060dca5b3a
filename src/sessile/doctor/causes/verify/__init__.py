"""Causes by which a cookie's signature matches no key."""
