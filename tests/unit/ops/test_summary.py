"""The demo's figures: accepted is a number, handed over less rejected (IH-28, IH-29)."""

from __future__ import annotations

import orjson

from topics.catalogue import DEAD_LETTER, INPUTS, OUTCOMES, RAW, SPINE
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs
from worker.ops.demo.summary import summary_of


def record(topic: str, **value: object) -> Record:
    return Record(topic, 0, 0, 0, b"lead", orjson.dumps({"product": "*", **value}))


def test_accepted_is_what_marketing_handed_over_less_what_was_rejected() -> None:
    topics = (*INPUTS, *RAW, SPINE, *OUTCOMES, DEAD_LETTER)
    records: dict[str, list[Record]] = {topic.name: [] for topic in topics}
    handoff, change = "leads.handoff.v1", "leads.status-change.v1"
    records[handoff] = [
        record(handoff, from_team="marketing", to_team="inside_sales", kind="a"),
        record(handoff, from_team="marketing", to_team="sales", kind="a"),
        record(handoff, from_team="inside_sales", to_team="operations", kind="b"),
        record(handoff, from_team="channel", to_team="sales", kind="c"),
    ]
    records[change] = [
        record(change, to_status="inquiry", to_phase="P2"),
        record(change, to_status="rejected", to_phase="D1"),
    ]
    summary = summary_of(Logs(records), ["inquiry", "rejected"])
    assert (summary.handed_over, summary.rejected, summary.accepted) == (2, 1, 1)
    assert summary.funnel == {"inquiry": 0, "rejected": 1}
