"""Faults injected into real running services, and the matrix fault x diagnosis."""
