"""The lab: faults injected into real running services, and whether the doctor names them."""
