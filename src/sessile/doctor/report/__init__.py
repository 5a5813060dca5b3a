"""Reports: one diagnosis, told in several forms."""
