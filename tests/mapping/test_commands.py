"""``adapter mappings`` and ``adapter fql``, as operators call them."""

import io
import json

import pytest
from click.testing import CliRunner

from adapter.cli.fql import fql
from adapter.cli.mappings import mappings
from adapter.mapping.protocol import MappingAnswers, answer_lines


def run(group, *arguments, text=""):
    return CliRunner().invoke(group, arguments, input=text)


def test_checking_the_shipped_mappings_succeeds():
    result = run(mappings, "check")

    assert (result.exit_code, result.stdout) == (0, "")


def test_findings_make_the_check_fail(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("subscriptions: [{action: x, subscribe: 'type = \"track\"'}]")

    result = run(mappings, "check", str(file), "--json")

    assert result.exit_code == 1
    assert [finding["code"] for finding in json.loads(result.stdout)] == ["M012"]


def test_a_preview_tells_what_each_field_comes_from(tmp_path):
    call = tmp_path / "call.json"
    call.write_text('{"batch": [{"type": "track", "event": "Order", "anonymousId": "a"}]}')

    result = run(mappings, "preview", str(call), "--json")

    (taken,) = json.loads(result.stdout)["taken"]
    fields = {field["name"]: field for field in taken["fields"]}
    assert taken["operation"]["identifiers"] == {"anonymous_id": "a"}
    assert fields["name"]["trace"] == {"what": "@path $.event", "value": "Order"}
    assert fields["data"]["absent"]
    assert fields["data"]["trace"]["why"] == "the call has no properties"


def test_a_preview_for_people_shows_the_operation_and_the_fields(tmp_path):
    call = tmp_path / "calls.jsonl"
    call.write_text('{"type": "page"}\n{"type": "delete"}\n{"type": "alias", "userId": "u"}\n')

    shown = run(mappings, "preview", str(call)).stdout

    assert "url: nothing" in shown
    assert "the required field secondary is missing" in shown


def test_the_schema_knows_every_action_and_directive():
    schema = json.loads(run(mappings, "schema").stdout)

    assert "trackEvent" in schema["$defs"]["subscription"]["properties"]["action"]["enum"]
    assert "@arrayPath" in schema["$defs"]["directive"]["properties"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param(
            {"id": 1, "mapping": {"a": {"@path": "$.b"}}, "payload": {"b": 1}},
            {"id": 1, "ok": True, "output": {"a": 1}},
            id="an output",
        ),
        pytest.param(
            {"id": "x", "mapping": {"@path": "$.b"}, "payload": {}},
            {"id": "x", "ok": True},
            id="an undefined output",
        ),
        pytest.param(
            {"id": 2, "mapping": {"@path": "$.b[0]"}, "payload": {"b": "\ud83d\ude00"}},
            {"id": 2, "ok": True, "output": "\ud83d"},
            id="half a character",
        ),
    ],
)
def test_a_mapping_is_evaluated_line_by_line(question, answer):
    result = run(mappings, "eval", "--jsonl", text=json.dumps(question) + "\n")

    assert json.loads(result.stdout) == answer


def test_a_line_that_is_no_question_is_answered_and_the_next_one_too():
    lines = """\
nonsense
[]
{"id": 3, "fql": "(", "payload": {}}
{"id": 4, "fql": "type = null", "payload": {}}
"""

    result = run(fql, "eval", "--jsonl", text=lines)

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["id"], each["ok"]) for each in answers] == [
        (None, False),
        (None, False),
        (3, False),
        (4, True),
    ]


def test_lines_are_answered_as_they_come_in_however_they_are_cut():
    question = b'{"id":1,"mapping":{"a":1},"payload":{}}'
    source = Chunks([question[:9], question[9:] + b"\n" + question[:4], question[4:]])
    sink = io.BytesIO()

    answer_lines(source, sink, MappingAnswers())

    assert sink.getvalue().splitlines() == [b'{"id":1,"ok":true,"output":{"a":1}}'] * 2


class Chunks:
    """A source that gives its chunks one by one."""

    def __init__(self, chunks):
        self.chunks = chunks

    def read1(self, _size):
        return self.chunks.pop(0) if self.chunks else b""
