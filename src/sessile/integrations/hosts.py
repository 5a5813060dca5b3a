"""The public suffix list, for the check of a cookie's Domain at the start."""

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

PublicSuffix = Callable[[str], str | None]


def public_suffix() -> PublicSuffix | None:
    """What gives the public suffix of a host's name, private ones (`onrender.com`) included; None where the package
    publicsuffixlist is not installed. The list is read when it is first needed.
    """
    return _suffix if find_spec("publicsuffixlist") else None


def _suffix(name: str) -> str | None:
    suffix: str | None = _listed().publicsuffix(name)
    return suffix


@lru_cache(maxsize=1)
def _listed() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
