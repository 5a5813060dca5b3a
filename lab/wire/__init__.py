"""Faults of the wire: nginx in front of real services, a real Chromium, and what the doctor says from outside."""
