"""The ratios as a picture: one bar each, with the rounds' spread, beside the limit at 1."""

from collections.abc import Iterator, Sequence
from html import escape

from adapter.jsonvalue import JSONObject

_WIDTH, _ROW, _TOP = 900, 34, 64
_LEFT, _RIGHT = 360, 60
_STYLE = (
    "text{font:13px sans-serif;fill:#222}.title{font-size:16px;font-weight:600}.small{fill:#666}"
    ".ours{fill:#3b6fb6}.spread{stroke:#111;stroke-width:1.5}.limit{stroke:#888;stroke-width:1}"
    ".wanted{stroke:#c0392b;stroke-width:2;stroke-dasharray:3 2}"
    "@media(prefers-color-scheme:dark){svg{background:#181a1b}text{fill:#ddd}.small{fill:#999}"
    ".spread{stroke:#eee}}"
)


def picture(rows: Sequence[JSONObject], conditions: str) -> str:
    """Draw the ratios as SVG.

    Args:
        rows: as ``Comparison.as_json`` gives them.
        conditions: under which they were measured, one line.
    """
    most = max([1.0, *(row["highest"] for row in rows)])
    height = _TOP + _ROW * len(rows) + 24
    body = "".join(_lines(rows, most, height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img"><style>{_STYLE}</style>'
        f'<text class="title" x="16" y="26">The adapter beside its limits (limit = 1)</text>'
        f'<text class="small" x="16" y="46">{escape(conditions)}</text>{body}</svg>\n'
    )


def _lines(rows: Sequence[JSONObject], most: float, height: int) -> Iterator[str]:
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    for nth, row in enumerate(rows):
        y = _TOP + nth * _ROW
        told = f"{escape(row['what'])}: {row['ratio']:.2f} of {escape(row['limit']['name'])}"
        yield f"<g><title>{told}</title>"
        yield f'<text x="16" y="{y + 14}">{escape(row["what"])}</text>'
        limit = f"beside {escape(row['limit']['name'])}"
        yield f'<text class="small" x="16" y="{y + 28}">{limit}</text>'
        yield _rectangle(_LEFT, y + 4, row["ratio"] * scale)
        yield _line("spread", _LEFT + row["lowest"] * scale, _LEFT + row["highest"] * scale, y + 14)
        if row["wanted"] is not None:
            at = _LEFT + row["wanted"] * scale
            yield f'<line class="wanted" x1="{at:.1f}" x2="{at:.1f}" y1="{y}" y2="{y + 28}"/>'
        beside = _LEFT + max(row["ratio"], row["highest"]) * scale + 8
        yield f'<text x="{beside:.1f}" y="{y + 19}">{row["ratio"]:.2f}</text></g>'
    one = _LEFT + scale
    yield f'<line class="limit" x1="{one:.1f}" x2="{one:.1f}" y1="{_TOP - 8}" y2="{height - 16}"/>'


def _rectangle(x: float, y: float, width: float) -> str:
    return f'<rect class="ours" x="{x}" y="{y}" width="{width:.1f}" height="20" rx="2"/>'


def _line(kind: str, start: float, end: float, y: float) -> str:
    return f'<line class="{kind}" x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"/>'
