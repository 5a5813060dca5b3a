"""Every fault of the lab: each module of this folder lists its own."""

from importlib import import_module
from pkgutil import iter_modules

from lab.faults.fault import Fault

_MODULES = sorted(module.name for module in iter_modules(__path__) if module.name != "fault")
FAULTS: tuple[Fault, ...] = tuple(fault for name in _MODULES for fault in import_module(f"{__name__}.{name}").FAULTS)

__all__ = ["FAULTS", "Fault"]
