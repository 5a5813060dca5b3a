"""The session in each framework."""
