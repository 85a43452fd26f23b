"""How merges are taken back, and how people go: deleted, suppressed, erased (M12, P6, R4)."""

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, field

from adapter.simulation.oracle.holdings import Holdings
from adapter.simulation.oracle.reading import Name, name_of
from adapter.simulation.oracle.said import Said
from adapter.simulation.oracle.state import Came, OneEvent, OneLine, OnePerson, Seen

ABOUT_PEOPLE = ("delete", "suppress", "unsuppress")


def leave(held: Holdings, said: Said, at: int) -> Came:
    """P6: a record that says that somebody goes, or may come again."""
    name = name_of(said.person)
    if said.kind == "unsuppress":
        return _unsuppress(held, said, name, at)
    person = held.people.known_by(name)
    if said.kind == "delete":
        if person is None:
            return _ignored(held, said, "nobody_to_delete", at)
        _depart(held, person)
        held.line("profile_delete", "person_deleted", at, said)
        return Came("stored", "person_deleted")
    if person is None and name[0] == "cio_id":
        return _ignored(held, said, "unknown_cio_id", at)
    refused = {name} if person is None else {name, *held.people.names_of(person)}
    if person is not None:
        _depart(held, person)
    suppression = object()
    held.suppressed.update((each, suppression) for each in refused if each[0] != "cio_id")
    held.starts.withdraw_invites({each[1] for each in refused if each[0] == "email"})
    held.line("suppress", "person_suppressed", at, said)
    return Came("stored", "person_suppressed")


def refused_as_suppressed(held: Holdings, said: Said) -> bool:
    """P6: whoever is suppressed is not heard of."""
    if said.kind == "unsuppress":
        return False
    bare = (said.person, said.previous)
    return any(name_of(each) in held.suppressed for each in bare if each)


def unmerge(held: Holdings, anonymous_id: str, at: int) -> bool:
    """M12: the events of an assignment are strangers' again; the id stays used up."""
    claimed = held.assigned.pop(anonymous_id, None)
    if claimed is None:
        return False
    person = claimed.person
    back = [
        event
        for event in held.events
        if event.owner is person and event.was_anonymous and event.anonymous_id == anonymous_id
    ]
    for event in back:
        _make_strangers(event)
        held.starts.withdraw(event)
    gone = [event for event in back if not held.alive(event, at)]
    held.events = [event for event in held.events if event not in gone]
    held.pending.pop(anonymous_id, None)
    held.used_up.add(anonymous_id)
    line = held.line("anon_unmerge", "unmerged", at, None, person, by=anonymous_id)
    line.numbers = (len(back) - len(gone), len(gone))
    if person.attributes.get("anonymous_id", ("", 0))[0] == anonymous_id:
        del person.attributes["anonymous_id"]
        left = [(since, each) for each, since in held.held_by(person).items()]
        if left:
            since, newest = max(left)
            person.attributes["anonymous_id"] = (newest, since)
    return True


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to be erased: all of it one person's or stranger's."""

    people: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    anonymous_ids: tuple[str, ...] = ()


def erase(
    held: Holdings, whom: Whom, at: int, *, logs: bool, left: Container[tuple[str, int]]
) -> None:
    """P6, R4: nothing is left of them anywhere, and an id that was theirs is nobody's for ever.

    Args:
        held: where from.
        whom: by any of their names; whoever has one of the anonymous ids is meant as well.
        at: when.
        logs: something was found, if only in a raw body, which nobody here keeps.
        left: reason and time of what a sweep has left in quarantine (R2); of all else nobody can
            tell any more whose it was, and the line that is left does not say.
    """
    names = _Names({name_of(each) for each in whom.people}, set(whom.anonymous_ids))
    names.refs |= {("email", each.casefold()) for each in whom.emails}
    people = _people_of(held, names)
    for person in people:
        names.refs |= held.people.names_of(person)
        names.anonymous_ids |= held.held_by(person).keys()
    _forget_records(held, names, people, left)
    for person in people:
        _depart(held, person)
    held.used_up |= names.anonymous_ids
    if logs:
        held.line("erase", "erased", at, None)


@dataclass(slots=True)
class _Names:
    refs: set[Name] = field(default_factory=set)
    anonymous_ids: set[str] = field(default_factory=set)

    def have(self, text: str) -> bool:
        """Tell whether a text is one of their names."""
        values = {value for kind, value in self.refs if kind != "email"} | self.anonymous_ids
        return text in values or ("email", text.casefold()) in self.refs

    def are_of(self, said: Said) -> bool:
        """Tell whether a record is theirs, by its own word: by a person's name before others."""
        for given in ((said.person, said.previous), (said.anonymous_id,)):
            if any(given):
                return any(self.have(each) for each in given if each)
        return self.have(said.recipient)


def _people_of(held: Holdings, names: _Names) -> list[OnePerson]:
    claims = [held.assigned.get(each) for each in names.anonymous_ids]
    claims += [held.pending.get(each) for each in names.anonymous_ids]
    found = [held.people.known_by(name) for name in names.refs]
    found += [each.person for each in claims if each is not None]
    return [each for each in held.people.all if each in found]


def _forget_records(
    held: Holdings,
    names: _Names,
    people: Collection[OnePerson],
    left: Container[tuple[str, int]],
) -> None:
    """Take away what is nobody's and theirs, and their names from what is others'."""
    events = [event for event in held.events if _is_theirs(event, names, people)]
    lines = [line for line in held.lines if _is_line_of(line, names, people)]
    theirs = [entry for entry in held.quarantine if names.are_of(entry.said)]
    kept = [entry for entry in theirs if (entry.reason, entry.received_at) in left]
    lines += [entry.line for entry in kept if entry.line not in lines]
    _untell(held, [event.message_id for event in events])
    _untell(held, [line.message_id for line in lines])
    held.starts.forget_events(event for event in events if event.owner is None)
    held.events = [event for event in held.events if event not in events]
    held.lines = [line for line in held.lines if line not in lines]
    held.quarantine = [entry for entry in held.quarantine if entry not in kept]
    others: list[OneEvent | OneLine] = [*held.events, *held.lines]
    for row in others:
        if row.anonymous_id in names.anonymous_ids:
            row.anonymous_id = None


def _is_theirs(event: OneEvent, names: _Names, people: Collection[OnePerson]) -> bool:
    if event.owner is not None:
        return event.owner in people
    return names.have(event.recipient or event.anonymous_id or "")


def _is_line_of(line: OneLine, names: _Names, people: Collection[OnePerson]) -> bool:
    if line.person is not None:
        return line.person in people
    return line.anonymous_id in names.anonymous_ids


def _untell(held: Holdings, message_ids: Iterable[str | None]) -> None:
    """L1: whatever comes again under these ids is a duplicate, whatever it says."""
    for message_id in message_ids:
        if message_id in held.seen:
            held.seen[message_id] = Seen(None, had_effect=True)


def _unsuppress(held: Holdings, said: Said, name: Name, at: int) -> Came:
    suppression = held.suppressed.get(name)
    if suppression is None:
        return _ignored(held, said, "not_suppressed", at)
    held.suppressed = {
        each: other for each, other in held.suppressed.items() if other is not suppression
    }
    held.line("unsuppress", "person_unsuppressed", at, said)
    return Came("stored", "person_unsuppressed")


def _depart(held: Holdings, person: OnePerson) -> None:
    """P6: the person and their events are gone; R4: so are their anonymous ids, for good."""
    theirs = held.held_by(person)
    held.used_up |= theirs.keys()
    for anonymous_id in theirs:
        held.assigned.pop(anonymous_id, None)
        held.pending.pop(anonymous_id, None)
    held.events = [event for event in held.events if event.owner is not person]
    held.lines = [line for line in held.lines if line.person is not person]
    held.starts.forget(person)
    held.people.all.remove(person)


def _make_strangers(event: OneEvent) -> None:
    event.view, event.owner, event.was_anonymous = "anonymous", None, False
    event.reason, event.processed_at, event.trigger = event.former, None, None


def _ignored(held: Holdings, said: Said, reason: str, at: int) -> Came:
    held.line("ignored", reason, at, said)
    return Came("ignored", reason)
