"""What nobody can have written is named, or said to be beyond telling; it ends no verification."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas import spine
from schemas.spine import PolicyInForce
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import APPLICATION, Logs
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    SPINE,
    accounts_changelog,
    intake_positions,
    lifecycle_changelog,
)
from worker.lane.birth import BIRTH_KEY
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import NEVER, with_due
from worker.ops.verify.decoder.decode import fates
from worker.ops.verify.decoder.fate import OPEN
from worker.ops.verify.lives import POLICY_KEY

LEADS = lifecycle_changelog(APPLICATION).name
ACCOUNTS = accounts_changelog(APPLICATION).name
POSITIONS = intake_positions(APPLICATION).name
GARBAGE = b"somebody@example.com"
DEEP = 100_000


def written_over(logs: Logs, topic: str, key: bytes, value: bytes = GARBAGE) -> None:
    """Writes a record behind all that a partition holds."""
    logs.put(msgspec.structs.replace(logs.of(topic)[-1], key=key, value=value))


@pytest.mark.parametrize("topic", [LEADS, ACCOUNTS, POSITIONS])
@pytest.mark.parametrize("value", [GARBAGE, b"\xff", b'{"t": "far"}', b""])
def test_a_position_that_no_lane_writes_is_stale_and_not_quoted(
    logs: Logs, topic: str, value: bytes
) -> None:
    written_over(logs, topic, POSITION_KEY, value)
    said = f"{topic}/1: the lane's own record position of {len(value)} bytes is none that a lane writes"
    assert wheres(logs, "stale-state") == [said]
    assert judged(logs).verdict == "FAIL"


@pytest.mark.parametrize("topic", [LEADS, ACCOUNTS])
def test_of_a_lane_whose_place_is_gone_with_it_nothing_else_is_held_against_the_log(
    logs: Logs, topic: str
) -> None:
    for one in logs.of(topic):
        if one.key == POSITION_KEY and one.partition == 1:
            logs.replace(one, value=GARBAGE)
    assert len(wheres(logs, "stale-state")) == 1
    assert names(logs) == {"stale-state"}


@pytest.mark.parametrize(
    "key", [BIRTH_KEY, b"\x00origin/a/b", b"\x00origin/a/1", b"\x00origin/\xff/1"]
)
def test_another_record_of_a_lane_s_own_that_no_lane_writes_is_stale(
    logs: Logs, key: bytes
) -> None:
    written_over(logs, LEADS, key)
    (where,) = wheres(logs, "stale-state")
    assert where.startswith(f"{LEADS}/1: the lane's own record ")
    assert GARBAGE.decode() not in where


@pytest.mark.parametrize("value", [GARBAGE, b"", b"\0" * 9 + b"\x81\xa6digest\xa1\xff"])
def test_a_policy_in_force_that_no_lane_writes_is_stale(logs: Logs, value: bytes) -> None:
    written_over(logs, LEADS, POLICY_KEY, value)
    assert wheres(logs, "stale-state") == [
        f"{SPINE.name}/1: the policy in force is none that a lane writes"
    ]


def test_a_policy_in_words_of_a_newer_version_leaves_it_unknown(logs: Logs) -> None:
    value = spine.encode(PolicyInForce("newer", "{}"))
    logs.put(msgspec.structs.replace(logs.of(SPINE.name)[-1], key=None, value=value))
    written_over(logs, SPINE.name, b"ana", logs.of(SPINE.name)[-2].value or b"")
    report = judged(logs)
    assert report.unknown == [
        f"{SPINE.name}: the policy newer says what this version does not know"
    ]


def test_a_message_of_nobody_s_lead_leaves_it_unknown(logs: Logs) -> None:
    written_over(logs, SPINE.name, b"\xff", logs.of(SPINE.name)[-1].value or b"")
    assert "cannot be read" in judged(logs).unknown[0]


@pytest.mark.parametrize(
    "fields, why",
    [
        ({"at": 10**15}, "cannot be decided"),
        ({"profile": {"email": 5}}, "cannot be decided"),
        ({"profile": {"nosuch": 1}}, "cannot be decided"),
        ({"content": -1}, "cannot be decided"),
        ({"profile": {"employees": 10**30}}, "has numbers that no record can hold"),
    ],
)
def test_an_activity_that_nobody_can_decide_leaves_it_unknown(
    logs: Logs, fields: dict[str, Any], why: str
) -> None:
    last = [one for one in logs.of(SPINE.name) if b"form-submission" in (one.value or b"")][-1]
    message: Any = spine.decode(last.value or b"")
    origin = msgspec.structs.replace(message.came_from, offset=99_999)
    odd = msgspec.structs.replace(message, event_id="odd", came_from=origin, **fields)
    logs.put(msgspec.structs.replace(last, key=b"nobody yet", value=spine.encode(odd)))
    report = judged(logs)
    assert why in report.unknown[0]
    assert report.judged["outcomes"] > 0


def test_a_deadline_at_the_end_of_all_time_is_early(logs: Logs) -> None:
    value = spine.encode(spine.DeadlineReached(2**63 - 1))
    for one in logs.of(SPINE.name):
        if one.key is not None:
            logs.put(msgspec.structs.replace(one, value=value))
    assert "early-deadline" in judged(logs).anomalies


@pytest.mark.parametrize(
    "topic, key",
    [(SPINE.name, None), (ACCOUNT_LOG.name, None), (LEADS, POLICY_KEY), (LEADS, BIRTH_KEY)],
)
def test_what_is_nested_too_deep_to_be_read_ends_no_verification(
    logs: Logs, topic: str, key: bytes | None
) -> None:
    last = logs.of(topic)[-1]
    kind = b"turn" if topic == ACCOUNT_LOG.name else b"policy"
    deep = b'{"type":"%b","digest":"d","text":"t","x":%b%b}' % (kind, b"[" * DEEP, b"]" * DEEP)
    if key == POLICY_KEY:
        deep = with_due(NEVER, b"\1\x82\xa4type\xa6policy\xa1x" + b"\x91" * DEEP + b"\xc0")
    logs.put(msgspec.structs.replace(last, key=last.key if key is None else key, value=deep))
    assert judged(logs).verdict != "PASS"


@pytest.mark.parametrize("digits", [20, 5_000])
def test_a_dead_letter_from_an_offset_that_cannot_be_is_a_phantom(logs: Logs, digits: int) -> None:
    letter = logs.of(DEAD_LETTER.name)[0]
    headers = tuple(
        (name, b"9" * digits if name == "__connect.errors.offset" else value)
        for name, value in letter.headers
    )
    logs.put(msgspec.structs.replace(letter, headers=headers))
    assert wheres(logs, "phantom")[0].endswith("it does not say where it was")


def test_a_word_to_nobody_has_to_be_somewhere_and_no_more_is_known(honest: Logs) -> None:
    said = honest.of(ACCOUNT_ACTIVITY.name)[0]
    (fate,) = fates(msgspec.structs.replace(said, key=b"\xff"))
    assert fate.mark == OPEN.mark
