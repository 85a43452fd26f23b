"""The mapping files of a directory, compiled, and read again without a restart.

A file that no longer checks never stops the server: what it held before stays in force, and the
book says so until the file is mended. What was read last is swapped in whole, so a request sees
either all of a new file or none of it.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

from adapter.errors import AdapterError, OperatorError
from adapter.mapping.campaigns import CAMPAIGNS
from adapter.mapping.destinations import DESTINATIONS
from adapter.mapping.files import load_mapping
from adapter.mapping.findings import Finding, MappingFileInvalid
from adapter.mapping.segments import SEGMENTS
from adapter.services.composing import CompiledMapping

Keep = Callable[[str, str], None]
"""Keeps the text of a mapping by its digest."""

CURRENT = "current"
"""The state of a mapping that is what its file says."""

_log = structlog.get_logger()


class _Stamp(NamedTuple):
    """By what a changed file is told; the inode changes where an editor replaces the file."""

    modified_ns: int
    size: int
    inode: int


class _Edition(NamedTuple):
    """What was read last; replaced whole.

    Attributes:
        mappings: by name, in force.
        findings: of the files that do not check, by name.
    """

    mappings: dict[str, CompiledMapping]
    findings: dict[str, tuple[Finding, ...]]


class MappingBook(Mapping[str, CompiledMapping]):
    """Compiled mapping files by name, the name of ``segment.yaml`` being ``segment``.

    Looking up is safe beside a reload, and waits for nothing.

    Args:
        directory: where the files (``*.yaml``) are.

    Raises:
        OperatorError: there is no file, or one does not check; with the findings of all of them.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._reloading = threading.Lock()
        self._stamps = _stamps_in(directory)
        self._keep: Keep = lambda _digest, _text: None
        if not self._stamps:
            raise OperatorError(f"no mapping files (*.yaml) in {directory}")
        self._edition = self._read(self._stamps, _Edition({}, {}))
        wrong = [finding for each in self._edition.findings.values() for finding in each]
        if wrong:
            raise MappingFileInvalid(wrong)

    def keep_by(self, keep: Keep) -> None:
        """Have the text of every mapping kept, from now on before it is in force.

        What requests went through can then be read again, whatever becomes of the file.

        Raises:
            TransientError: the store does not take them.
        """
        with self._reloading:
            for mapping in self._edition.mappings.values():
                keep(mapping.digest, mapping.text)
            self._keep = keep

    def __getitem__(self, name: str) -> CompiledMapping:
        return self._edition.mappings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._edition.mappings)

    def __len__(self) -> int:
        return len(self._edition.mappings)

    def reload(self) -> None:
        """Read all files again, new ones too; keep what no longer checks, and log it."""
        with self._reloading:
            stamps = _stamps_in(self._directory)
            self._take_up(stamps, stamps.keys() | self.states().keys())

    def reload_changed(self) -> bool:
        """Read the files that changed since they were read last; tell whether there were any.

        A change is seen by the file's time, size and inode, so asking costs no reading. A broken
        file is told once, not each time it is asked.
        """
        with self._reloading:
            stamps = _stamps_in(self._directory)
            names = stamps.keys() | self._stamps.keys()
            changed = {name for name in names if stamps.get(name) != self._stamps.get(name)}
            self._take_up(stamps, changed)
        return bool(changed)

    def states(self) -> dict[str, str]:
        """Tell of each mapping whether it is what its file says.

        Returns:
            By name ``current``, ``kept: <finding>`` for one whose file does not check or is gone,
            or ``refused: <finding>`` for a new one that never checked.
        """
        mappings, findings = self._edition
        return {
            name: _state(findings.get(name), in_force=name in mappings)
            for name in mappings | findings
        }

    def _take_up(self, stamps: dict[str, _Stamp], names: Iterable[str]) -> None:
        # Stamped before it was read: what changes in between is read again, never missed.
        stamped, self._stamps = self._stamps, stamps
        read = sorted(names)
        try:
            self._edition = self._read(read, self._edition)
        except AdapterError:
            self._stamps = stamped  # the store did not keep it: try again
            raise
        mappings, findings = self._edition
        for name in read:
            _tell(name, findings.get(name), in_force=name in mappings)

    def _read(self, names: Iterable[str], before: _Edition) -> _Edition:
        mappings, findings = dict(before.mappings), dict(before.findings)
        for name in names:
            findings.pop(name, None)
            if name not in mappings and name not in self._stamps:
                continue  # it never checked, and now it is gone
            try:
                mapping = load_mapping(self._directory / f"{name}.yaml")
                self._keep(mapping.digest, mapping.text)
                mappings[name] = mapping
            except MappingFileInvalid as error:
                findings[name] = error.findings
        return _Edition(mappings, findings)


def _stamps_in(directory: Path) -> dict[str, _Stamp]:
    stamps = {}
    for path in sorted(directory.glob("*.yaml")):
        if path.stem in {CAMPAIGNS, DESTINATIONS, SEGMENTS}:
            continue  # no mapping: see services.campaign_book
        try:
            status = path.stat()
        except OSError:
            continue  # gone since it was listed
        stamps[path.stem] = _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)
    return stamps


def _state(findings: tuple[Finding, ...] | None, *, in_force: bool) -> str:
    if not findings:
        return CURRENT
    first = findings[0]
    # Whoever may ask for readiness need not learn where the files are.
    place = f"{Path(first.file).name}:{first.line}:{first.column}"
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{'kept' if in_force else 'refused'}: {place}: {first.code} {first.message}{more}"


def _tell(name: str, findings: tuple[Finding, ...] | None, *, in_force: bool) -> None:
    if in_force and not findings:
        _log.info("mapping_reloaded", mapping=name)
    for finding in findings or ():
        _log.error(
            "mapping_kept" if in_force else "mapping_refused",
            mapping=name,
            at=f"{finding.file}:{finding.line}:{finding.column}",
            code=finding.code,
            message=finding.message,
            cure=finding.cure or MappingFileInvalid.cure,
        )
