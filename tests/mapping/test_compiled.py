"""The closures give what the plain walk over the mapping gives."""

from hypothesis import given, settings, strategies as st

from adapter.mapping.compile import compile_mapping
from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.evaluate import transform
from tests.mapping.oracle.generate import Generator


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_compiled_mapping_gives_what_the_evaluator_gives(random):
    draw = Generator(random)
    mapping, payload = draw.mapping(), draw.payload()

    assert outcome(lambda: compile_mapping(mapping)(payload)) == outcome(
        lambda: transform(mapping, payload)
    )


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_mapping_never_changes_the_call(random):
    draw = Generator(random)
    mapping, payload = draw.mapping(), draw.payload()
    before = repr(payload)

    outcome(lambda: compile_mapping(mapping)(payload))

    assert repr(payload) == before


def outcome(apply):
    try:
        return repr(apply())
    except DirectiveFailed:
        return "refused"
