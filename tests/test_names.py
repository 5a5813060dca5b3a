"""The index file is the API: every name it lists is there, once, and nothing else is."""

import sessile


def test_every_public_name_is_there() -> None:
    assert sessile.__all__ == sorted(set(sessile.__all__))
    assert [name for name in sessile.__all__ if getattr(sessile, name).__name__ != name] == []


def test_another_name_is_not() -> None:
    assert not hasattr(sessile, "Sessoin")
