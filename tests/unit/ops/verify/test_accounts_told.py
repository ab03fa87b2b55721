"""What accounts say and who belongs to them is held against what the logs lead to."""

from __future__ import annotations

import msgspec
import pytest

from schemas import account_log, spine
from schemas.account_log import MemberJoined, MemberLeft, Membership, TurnCame
from schemas.vocabulary import Relationship
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import NOON, Logs
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG, name_of
from worker.lane.processor import Record
from worker.ops.verify.books import Books
from worker.ops.verify.expected import Cause
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.members import Members


def of_kind(logs: Logs, kind: type) -> list[Record]:
    return [
        one
        for one in logs.of(ACCOUNT_LOG.name)
        if isinstance(account_log.decode(one.value or b""), kind)
    ]


def test_accounts_have_something_to_say(honest: Logs) -> None:
    report = judged(honest)
    assert report.judged["account_messages"] > 20
    assert report.judged["told_by_accounts"] == len(honest.of(ACCOUNT_ACTIVITY.name)) > 10


def test_a_member_nobody_told_the_account_of_is_lost(logs: Logs) -> None:
    logs.drop(of_kind(logs, MemberJoined)[-1])
    assert any("came to" in where for where in wheres(logs, "lost"))


def test_a_member_that_nothing_led_to_is_a_phantom(logs: Logs) -> None:
    joined = of_kind(logs, MemberJoined)[-1]
    logs.put(msgspec.structs.replace(joined, value=account_log.encode(MemberLeft("x", "nobody"))))
    assert any("nobody left x" in where for where in wheres(logs, "phantom"))


def test_what_an_account_should_have_said_is_lost(logs: Logs) -> None:
    said = logs.of(ACCOUNT_ACTIVITY.name)[-1]
    logs.drop(said)
    missing = [*wheres(logs, "lost"), *wheres(logs, "torn")]
    assert any(ACCOUNT_ACTIVITY.name in where for where in missing)


def test_what_an_account_says_again_is_a_duplicate(logs: Logs) -> None:
    logs.put(logs.of(ACCOUNT_ACTIVITY.name)[-1])
    assert "duplicate-effect" in names(logs)


def test_a_word_that_nothing_led_to_is_a_phantom(logs: Logs) -> None:
    said = spine.encode(spine.AccountAnswered("no such account"))
    logs.put(msgspec.structs.replace(logs.of(ACCOUNT_ACTIVITY.name)[-1], value=said))
    (where,) = wheres(logs, "phantom")
    assert f"{ACCOUNT_ACTIVITY.name}/" in where
    assert "no such account" not in where, "a word may say anything"


def test_what_says_nothing_of_who_wrote_it_is_told_by_its_place_alone(logs: Logs) -> None:
    handoffs, value = name_of("handoff"), b'{"email": "ana.private@acme.example"}'
    for key in (b"k", b"\x1b]0;title\x07\x1b[2J"):
        logs.put(Record(handoffs, 0, 0, NOON, key, value, ()))
        logs.put(Record(handoffs, 0, 0, NOON, key, b'{"event_id": {"email": "ana.private"}}', ()))
    told = "".join(wheres(logs, "phantom") + wheres(logs, "misplaced"))
    assert f"{handoffs}/0 offset" in told
    assert "private" not in told
    assert told.isprintable()


def test_a_word_that_did_not_reach_its_lead_is_lost(logs: Logs) -> None:
    for record in logs.of("leads.activity.v1"):
        if b'"leads.account-activity.v1"' in (record.value or b""):
            logs.drop(record)
            break
    assert any(f"{ACCOUNT_ACTIVITY.name}/" in where for where in wheres(logs, "lost"))


def test_a_turn_that_nothing_led_to_is_a_phantom(logs: Logs) -> None:
    last = logs.of(ACCOUNT_LOG.name)[-1]
    logs.put(msgspec.structs.replace(last, key=None, value=spine.encode(TurnCame())))
    assert any("a turn that nothing has led to" in where for where in wheres(logs, "phantom"))
    assert judged(logs, last.timestamp_ms + 1).anomalies == {}, "what came before is not judged"


def test_a_turn_that_never_came_is_lost(logs: Logs) -> None:
    for turn in of_kind(logs, TurnCame)[::-1]:
        logs.drop(turn)
    assert any("turns that accounts have to take" in where for where in wheres(logs, "lost"))


@pytest.mark.parametrize("certain, found", [(True, {"lost": 1}), (False, {})])
def test_a_membership_under_way_is_not_missed(certain: bool, found: dict[str, int]) -> None:
    findings = Findings()
    members = Members(findings, 0)
    members.expect(MemberJoined("acme", "ana"), certain=certain)
    members.close()
    findings.close()
    assert findings.counts == found


@pytest.mark.parametrize("came_ms, found", [(9, {}), (10, {"lost": 1})])
def test_a_membership_that_was_lost_before_is_not_judged(
    came_ms: int, found: dict[str, int]
) -> None:
    findings = Findings()
    Members(findings, 10).of(100).expect(MemberJoined("acme", "ana"), 5, came_ms)
    assert findings.counts == found


def test_who_comes_leaves_and_comes_again_is_told_in_order() -> None:
    findings = Findings()
    members = Members(findings, 0)
    course: list[Membership] = [
        MemberJoined("acme", "ana"),
        MemberLeft("acme", "ana"),
        MemberJoined("acme", "ana"),
    ]
    for one in course:
        members.say(one, 1)
    for one in course:
        members.expect(one, certain=True)
    members.close()
    findings.close()
    assert findings.counts == {}
    members.say(course[1], 1)
    members.expect(course[0], certain=True)
    members.close()
    findings.close()
    assert findings.counts == {"lost": 1, "phantom": 1}


@pytest.mark.parametrize(
    "has_company, judged_from_ms, found",
    [(False, 0, 2), (False, 10, 0), (False, 2, 1), (True, 0, 0)],
)
def test_what_others_may_have_said_in_between_is_no_phantom(
    has_company: bool, judged_from_ms: int, found: int
) -> None:
    findings = Findings(has_company=has_company)
    members = Members(findings, judged_from_ms)
    course: list[Membership] = [MemberJoined("acme", "ana"), MemberLeft("acme", "ana")]
    for came_ms, one in enumerate((course[0], course[0], course[1], course[1])):
        members.say(one, came_ms)
    for one in course:
        members.expect(one, certain=True)
    members.close()
    findings.close()
    assert findings.counts == ({"phantom": found} if found else {})


def books_of(*offsets_and_times: tuple[int, bytes]) -> Findings:
    """Tells an account-log of which a turn that is owed when judging begins comes later, and another does not."""
    findings = Findings()
    books = Books(findings, Ledger(findings), Members(findings, JUDGED_FROM), 1, JUDGED_FROM)
    for offset, (at_ms, value) in enumerate(offsets_and_times):
        record = Record(ACCOUNT_LOG.name, 0, offset, at_ms, b"acme", value, ())
        list(books.fold(record, Cause(offset, at_ms, certain=True)))
    books.close()
    return findings


JUDGED_FROM = 100
JOINED = [spine.encode(MemberJoined("acme", name)) for name in ("ana", "bob")]
SAID: tuple[Relationship, ...] = ("prospect", "client")
NEWS = [
    spine.encode(
        spine.AccountUpdated(
            event_id=said,
            source="crm",
            at=1,
            content=1,
            account_id="acme",
            relationship=said,
            came_from=spine.CameFrom("leads.account-update.v1", 0, number, 0),
        )
    )
    for number, said in enumerate(SAID)
]


def test_a_turn_that_was_owed_when_judging_began_stands_for_no_later_one() -> None:
    turn = spine.encode(TurnCame())
    told = [(1, JOINED[0]), (2, JOINED[1]), (90, NEWS[0]), (110, turn), (120, NEWS[1])]
    later = [(130 + number, turn) for number in range(5)]
    lost = [books_of(*told, *later[:number]).counts["lost"] for number in range(6)]
    assert lost == [1, 1, 1, 0, 0, 0], (
        "a message leads to a turn as long as there may be another seat"
    )
