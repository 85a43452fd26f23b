"""Frozen for whoever reads, and quick to make.

A frozen dataclass fills itself in through ``object.__setattr__``, field by field, which takes
twice as long as plain assignment; a batch makes tens of thousands. A ``swift`` one is frozen for
mypy, which lets nobody assign to it, and compares and hashes like a frozen one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as swift
else:
    from dataclasses import dataclass

    def swift(*, frozen: bool, **options: Any) -> Any:
        """Decorate as ``dataclass`` does; ``frozen`` is left to mypy."""
        return dataclass(unsafe_hash=frozen, **options)


__all__ = ["swift"]
