"""What the changelogs keep is held against what the logs lead to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import spine
from schemas.spine import PolicyInForce
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import APPLICATION, PARTITIONS, Logs, Town, form
from topics.catalogue import SPINE, accounts_changelog, lifecycle_changelog, name_of
from worker.lane.origins import origin_records
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import LANE_OWN, Record, TopicPartition
from worker.lifecycle.record import decode_lead, encode_lead
from worker.ops.verify.lives import POLICY_KEY, policy_in
from worker.presets import load
from worker.stream import lifecycle

LEADS = lifecycle_changelog(APPLICATION).name
ACCOUNTS = accounts_changelog(APPLICATION).name


def last(logs: Logs, topic: str, prefix: bytes = b"", but: bytes = LANE_OWN) -> Record:
    """Returns the last record of a key that begins so."""
    return [
        one
        for one in logs.of(topic)
        if (one.key or b"").startswith(prefix) and not (one.key or b"").startswith((but, b"\x01"))
    ][-1]


def test_a_lead_with_another_record_is_stale(logs: Logs) -> None:
    kept = last(logs, LEADS)
    lead = decode_lead(kept.value or b"")
    lead.clock += 1
    logs.replace(kept, value=encode_lead(lead))
    (where,) = wheres(logs, "stale-state")
    assert where.endswith(f"{(kept.key or b'').decode()} differs")


def test_a_lead_that_was_forgotten_is_stale(logs: Logs) -> None:
    logs.put(msgspec.structs.replace(last(logs, LEADS), value=None))
    assert names(logs) == {"stale-state"}


def test_a_lead_that_nobody_told_of_is_stale(logs: Logs) -> None:
    logs.put(msgspec.structs.replace(last(logs, LEADS), key=b"nobody"))
    assert "nothing on the log has led to it" in wheres(logs, "stale-state")[0]


def test_an_origin_that_is_not_kept_is_stale(logs: Logs) -> None:
    origin = [one for one in logs.of(LEADS) if (one.key or b"").startswith(b"\x00origin/")][-1]
    logs.replace(origin, value=b"[0,0]")
    assert "last origin of" in wheres(logs, "stale-state")[0]


def test_another_policy_in_force_is_stale(logs: Logs) -> None:
    kept = next(one for one in logs.of(LEADS) if one.key == POLICY_KEY)
    policy = policy_in(kept.value or b"")
    assert policy is not None
    digest = policy.digest.encode()
    logs.replace(kept, value=(kept.value or b"").replace(digest, digest[::-1]))
    assert "policy in force" in wheres(logs, "stale-state")[0]


def test_an_origin_that_nothing_has_led_to_is_stale(logs: Logs) -> None:
    ((key, value),) = origin_records({(name_of("raw.hubspot-call"), 7): (10**9, 0)})
    logs.put(msgspec.structs.replace(last(logs, LEADS), key=key, value=value))
    (where,) = wheres(logs, "stale-state")
    assert where.endswith("hubspot-call.v1/7: nothing on the log has led to it")


def test_a_policy_in_force_that_is_gone_is_stale(logs: Logs) -> None:
    kept = [one for one in logs.of(LEADS) if one.key == POLICY_KEY]
    logs.put(msgspec.structs.replace(kept[-1], value=None))
    assert "is not in the changelog" in wheres(logs, "stale-state")[0]


def test_a_policy_in_force_of_another_text_is_stale(logs: Logs) -> None:
    for kept in [one for one in logs.of(LEADS) if one.key == POLICY_KEY]:
        value = kept.value or b""
        policy = policy_in(value)
        assert policy is not None
        other = msgspec.structs.replace(policy, text=load("hand-raiser").text)
        logs.replace(kept, value=value[:9] + msgspec.msgpack.encode(other))
    assert "has another text" in wheres(logs, "stale-state")[0]


def test_an_account_with_another_record_is_stale(logs: Logs) -> None:
    kept, *_, other = (one for one in logs.of(ACCOUNTS) if (one.key or b"").startswith(b"account/"))
    logs.put(msgspec.structs.replace(other, value=kept.value))
    assert names(logs) == {"stale-state"}


def test_a_lane_that_is_beyond_the_end_of_the_spine_is_stale(logs: Logs) -> None:
    for record in list(logs.of(SPINE.name))[::-1]:
        if record.partition == 0 and record.offset > 5:
            logs.drop(record)
    assert any("and it ends at 6" in where for where in wheres(logs, "stale-state"))


def test_a_record_of_a_newer_format_makes_the_verdict_unknown(logs: Logs) -> None:
    kept = last(logs, LEADS)
    value = kept.value or b""
    logs.replace(kept, value=value[:8] + b"\x63" + value[9:])
    report = judged(logs)
    assert report.verdict == "UNKNOWN"
    assert "a newer version of the worker" in report.unknown[0]


def test_a_record_that_is_none_is_stale(logs: Logs) -> None:
    logs.replace(last(logs, LEADS), value=b"short")
    assert names(logs) == {"stale-state"}


class Moving(Logs):
    """Logs on which a key is written again while the changelog is read, and its older value compacted away."""

    def __init__(self, logs: Logs, gone: Record, *, written_again: bool) -> None:
        super().__init__(logs.records)
        self._gone = gone
        self._again = written_again
        self.drop(gone)

    async def ends(self, places: Any) -> Any:
        found = await super().ends(places)
        if self._again and list(places) == [TopicPartition(LEADS, self._gone.partition)]:
            self._again = False
            self.put(self._gone)
        return found


@pytest.mark.parametrize("written_again, found", [(True, set()), (False, {"stale-state"})])
def test_a_key_that_moved_on_while_it_was_read_is_not_judged(
    logs: Logs, written_again: bool, found: set[str]
) -> None:
    first = next(
        one
        for one in logs.of(LEADS)
        if not (one.key or b"").startswith((LANE_OWN, POLICY_KEY))
        and sum(other.key == one.key for other in logs.of(LEADS)) == 1
    )
    assert names(Moving(logs, first, written_again=written_again)) == found


class Compacting(Logs):
    """Logs on which what a lane says of itself is written again while its changelog is read, and compacted at once."""

    def __init__(self, logs: Logs, key: bytes, compactions: int) -> None:
        super().__init__(logs.records)
        self._key = key
        self._left = compactions
        self._asked = 0
        self._gone = {place: -1 for place in logs.records if place.topic == LEADS}

    async def ends(self, places: Any) -> Any:
        found = await super().ends(places)
        (place, *more) = places
        if more or place.topic != LEADS:
            return found
        self._asked += 1
        held = self.records[place]
        last = next((one for one in reversed(held) if one.key == self._key), None)
        before_reading = self._asked > PARTITIONS and self._asked % 2
        if before_reading and self._left and last is not None:
            self._left -= 1
            self._gone[place] = found[place]
            self.put(last)
        return found

    async def read(self, place: Any, start: int, end: int) -> Any:
        gone = self._gone.get(place, -1)
        async for records in super().read(place, start, end):
            yield [one for one in records if one.key != self._key or one.offset >= gone]


ORIGIN = b"\x00origin/leads.email-engagement.v1/0"


@pytest.mark.parametrize("key, compactions", [(POSITION_KEY, 1), (ORIGIN, 1), (ORIGIN, 1_000)])
def test_what_a_lane_says_of_itself_may_be_compacted_while_it_is_read(
    logs: Logs, key: bytes, compactions: int
) -> None:
    assert names(Compacting(logs, key, compactions)) == set()


def test_a_position_that_is_compacted_as_often_as_it_is_read_makes_the_verdict_unknown(
    logs: Logs,
) -> None:
    report = judged(Compacting(logs, POSITION_KEY, 1_000))
    assert (report.verdict, report.anomalies) == ("UNKNOWN", {})
    assert "compacted as often as it is read" in report.unknown[0]


def test_the_policy_is_kept_where_the_lane_keeps_it() -> None:
    assert lifecycle.POLICY_KEY == POLICY_KEY


def test_a_lane_that_skipped_a_message_is_named() -> None:
    town = Town()
    town.produce([form("ana"), form("bob"), form("eve")])
    town.relay()
    lost = next(one for one in town.logs.of(SPINE.name) if one.key == b"bob")
    town.skip(lost)
    town.come_to_rest()
    assert names(town.logs) == {"lost", "stale-state"}


def test_a_policy_that_changes_in_between_is_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "inside-sales"\nname = "mine"\n')
    policy = load(str(mine))
    town = Town()
    town.produce([form("ana"), form("bob")])
    town.come_to_rest()
    for partition in range(PARTITIONS):
        message = spine.encode(PolicyInForce(policy.digest, policy.text))
        town.logs.put(Record(SPINE.name, partition, 0, town.now, None, message))
    town.produce([form("eve"), form("dan"), form("joe")])
    town.come_to_rest()
    assert names(town.logs) == set()
    published = town.logs.of("leads.status-change.v1")
    assert {json.loads(one.value or b"")["policy"]["name"] for one in published} == {
        "inside-sales",
        "mine",
    }
