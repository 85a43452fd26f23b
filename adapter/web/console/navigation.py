"""Where one can go in the console."""

from typing import NamedTuple


class Entry(NamedTuple):
    """An entry of the navigation.

    Attributes:
        label: what it says.
        path: where it leads; paths below belong to it.
        key: pressed after ``g``, it goes there.
        owns: further beginnings of paths that belong to it.
    """

    label: str
    path: str
    key: str
    owns: tuple[str, ...] = ()


NAVIGATION = (
    Entry("Activity", "/", "a", owns=("/activities", "/people", "/anonymous")),
    Entry("Overview", "/overview", "o"),
    Entry("Mappings", "/mappings", "m"),
    Entry("Campaigns", "/campaigns", "c"),
    Entry("Segments", "/segments", "s"),
    Entry("Deliveries", "/deliveries", "d"),
    Entry("Quarantine", "/quarantine", "q"),
    Entry("API", "/docs", "i"),
)
"""In the order in which it is shown."""


def entry_of(path: str) -> Entry | None:
    """Find the entry that a path belongs to."""
    for entry in NAVIGATION:
        begins = (*entry.owns, entry.path) if entry.path != "/" else entry.owns
        if path == entry.path or any(path == own or path.startswith(f"{own}/") for own in begins):
            return entry
    return None
