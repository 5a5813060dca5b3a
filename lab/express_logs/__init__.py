"""The logs that Express with connect-pg-simple writes under each fault, recorded for the tests."""

from lab.express_logs.faults import FAULTS

__all__ = ["FAULTS"]
