"""Faults of the frameworks' own session layers: small services on Starlette, Flask and Django, run by gunicorn."""
