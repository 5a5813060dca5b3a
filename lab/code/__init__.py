"""Faults in the service's own code, each an edit of a service that works, run against PostgreSQL and read by the doctor."""
