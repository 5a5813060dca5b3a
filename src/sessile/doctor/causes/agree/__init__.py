"""Causes by which the client does not believe that somebody is logged in."""
