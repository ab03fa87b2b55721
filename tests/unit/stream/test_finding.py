"""What is found goes by the name that the runbook has for it, with what helps."""

from __future__ import annotations

from topics.catalogue import INPUTS, SPINE, catalogue, intake_positions
from topics.settings import Found, config_of, differences
from worker.stream.finding import Finding, of_topic


def told(name: str) -> list[Finding]:
    """Returns what is said of a cluster in which one topic has more partitions than it was made with."""
    found = {topic.name: Found(4, config_of(topic)) for topic in catalogue()}
    found[name] = Found(6, found[name].config)
    return [of_topic(one) for one in differences(catalogue(), found)]


def test_an_input_with_more_partitions_wants_more_positions_and_no_new_topics() -> None:
    (seen,) = told(INPUTS[0].name)
    assert seen.name == "PositionsTooNarrow"
    assert seen.seen.startswith(f"{intake_positions().name} has 4 partitions, {INPUTS[0].name} has")
    assert seen.todo.startswith("add partitions to the positions topic")
    assert "anew" not in seen.todo


def test_a_spine_with_more_partitions_is_of_no_use() -> None:
    assert {seen.name for seen in told(SPINE.name)} == {"TopicsDoNotFit"}
