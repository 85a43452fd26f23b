"""What is wrong, or will surprise, in an operator's file: with its place and a cure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark about a file.

    Attributes:
        line, column: counted from 1.
        code: stable; M0.. are errors in the file, M1.. traps of directives, M2.. of FQL, M3.. of
            the mapping as a whole.
        text: the offending text, as it stands in the file.
        cure: what to write instead.
    """

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    text: str = ""
    cure: str = ""

    def __str__(self) -> str:
        what = f"{self.file}:{self.line}:{self.column}: {self.code} {self.severity}: {self.message}"
        return f"{what}\n    {self.cure}" if self.cure else what

    def as_json(self) -> JSONObject:
        """Give all attributes as an object."""
        return asdict(self)


class MappingFileInvalid(OperatorError):
    """The mapping file does not check."""

    code = "invalid_mapping"
    cure = "adapter mappings check FILE"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)
