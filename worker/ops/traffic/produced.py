"""One record as a producer hands it to Kafka, in the three envelopes that intake reads."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from worker.ops.traffic.diary import Body, Moment

Headers = tuple[tuple[str, bytes], ...]


class Produced(NamedTuple):
    """Topic, key, value, headers and record timestamp (UTC ms)."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    timestamp_ms: int

    @property
    def is_bare(self) -> bool:
        """True without any envelope and outside the vendors' topics."""
        return not self.headers and not self.topic.startswith("leads.raw.")


def produced_of(moment: Moment) -> Produced:
    """The moment as its source writes it: mails binary, calls structured, everything else bare."""
    topic = f"leads.{moment.topic}.v1"
    key = moment.person.key if moment.topic != "account-update" else str(moment.body["account_id"])
    body: Body = moment.body
    headers: Headers = ()
    if body["source"] == "mailer":
        headers = _binary(topic, body)
    elif body["source"] == "dialer":
        headers = (("content-type", b"application/cloudevents+json"),)
        body = _structured(topic, body)
    return Produced(topic, key.encode(), orjson.dumps(body), headers, moment.at)


def _binary(topic: str, body: Body) -> Headers:
    """The headers of a producer that says who, what and when in the body too."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(body["event_id"]).encode()),
        ("ce_type", topic.encode()),
        ("ce_source", str(body["source"]).encode()),
        ("ce_time", str(body["occurred_at"]).encode()),
        ("content-type", b"application/json"),
    )


def _structured(topic: str, body: Body) -> Body:
    """The object of a producer that says it around the data only."""
    names = {"event_id": "id", "source": "source", "occurred_at": "time"}
    said: Body = {names[field]: value for field, value in body.items() if field in names}
    data = {field: value for field, value in body.items() if field not in names}
    return {"specversion": "1.0", "type": topic, **said, "data": data}
