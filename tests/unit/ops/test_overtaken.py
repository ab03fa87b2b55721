"""Leads whose events overtook each other on their way to the spine are found by comparing with the inputs."""

from __future__ import annotations

import orjson
import pytest

from topics.catalogue import INPUTS, RAW, SPINE, name_of
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs
from worker.ops.demo.overtaken import overtaken

CALLS, FORMS = name_of("call-disposition"), name_of("form-submission")


def told(lead: str, topic: str, offset: int) -> Record:
    value = orjson.dumps({"came_from": [topic, 0, offset, 0]})
    return Record(SPINE.name, 0, 0, 0, lead.encode(), value)


@pytest.mark.parametrize(
    "spine, found",
    [
        ([told("ana", FORMS, 0), told("ana", CALLS, 0), told("bob", FORMS, 1)], ()),
        ([told("ana", CALLS, 0), told("ana", FORMS, 0), told("bob", FORMS, 1)], ("ana",)),
        ([told("ana", FORMS, 0), told("ana", CALLS, 0), told("ana", FORMS, 0)], ()),
        ([told("bob", FORMS, 1), told("ana", FORMS, 0), told("ana", CALLS, 0)], ()),
    ],
)
def test_a_lead_is_overtaken_by_its_own_later_event_alone(
    spine: list[Record], found: tuple[str, ...]
) -> None:
    records: dict[str, list[Record]] = {topic.name: [] for topic in (*INPUTS, *RAW)}
    records[FORMS] = [Record(FORMS, 0, offset, at, None, b"") for offset, at in ((0, 10), (1, 30))]
    records[CALLS] = [Record(CALLS, 0, 0, 20, None, b"")]
    assert overtaken(Logs({**records, SPINE.name: spine})) == found
