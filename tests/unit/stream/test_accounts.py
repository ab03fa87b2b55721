"""Accounts on a lane: what it keeps, says, and says to itself."""

from __future__ import annotations

import pytest

from schemas import account_log, spine
from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from schemas.spine import AccountAnswered, AccountUpdated, CameFrom
from tests.silent import Silent
from worker.accounts.records import Kept, account_key, member_key
from worker.lane.errors import ChangelogDamaged, WrittenByNewer
from worker.lane.origins import Origins
from worker.lane.processor import NEVER, Record, TopicPartition, due_of
from worker.lane.stage import LaneStage
from worker.stream.accounts import Accounts

LANE = 2
SAYS = TopicPartition("leads.account-activity.v1", LANE)
LOG = TopicPartition("leads.account-log.v1", LANE)


class Bench:
    """A lane's table, and the transactions that change it."""

    def __init__(self) -> None:
        self.accounts = Accounts("test", Silent(), seats_a_turn=2)
        self.table: dict[bytes, bytes] = {}
        self.origins = Origins()

    def fold(self, *messages: AccountMessage) -> LaneStage[Kept]:
        stage = LaneStage(self.accounts, LANE, self.table, self.origins)
        for message in messages:
            record = Record(*LOG, 0, 0, b"acme", account_log.encode(message))
            self.accounts.fold(record, stage)
        for key, value in stage.changes().items():
            if value is None:
                self.table.pop(key, None)
            else:
                self.table[key] = value
        self.origins.apply(stage.origins_seen)
        return stage


def update(offset: int, relationship: str = "client") -> AccountUpdated:
    return AccountUpdated(
        event_id=f"e{offset}",
        source="crm",
        at=5,
        content=0,
        account_id="acme",
        relationship=relationship,  # type: ignore[arg-type]  # one of the vocabulary
        came_from=CameFrom("leads.account-update.v1", 0, offset, 0),
    )


def said(stage: LaneStage[Kept]) -> list[tuple[bytes | None, spine.SpineMessage]]:
    return [(key, spine.decode(value or b"")) for key, value, _ in stage.outcomes.get(SAYS, [])]


def test_an_answer_goes_to_the_lanes_own_partition_keyed_by_the_lead() -> None:
    stage = Bench().fold(MemberJoined("acme", "ada"))
    assert list(stage.outcomes) == [SAYS]
    assert said(stage) == [(b"ada", AccountAnswered("acme"))]


def test_a_telling_goes_on_by_a_message_to_itself_behind_what_is_there() -> None:
    bench = Bench()
    bench.fold(*(MemberJoined("acme", name) for name in "abc"))
    news = bench.fold(update(1))
    ((_, turn, _),) = news.outcomes[LOG]
    assert account_log.decode(turn or b"") == TurnCame()
    assert said(news) == []
    first = bench.fold(TurnCame())
    assert [key for key, _ in said(first)] == [b"a", b"b"]
    assert LOG in first.outcomes
    last = bench.fold(TurnCame())
    assert [key for key, _ in said(last)] == [b"c"]
    assert LOG not in last.outcomes


def test_a_repeat_of_intake_leaves_no_trace() -> None:
    bench = Bench()
    bench.fold(MemberJoined("acme", "ada"), update(1), TurnCame(), update(2, "partner"), TurnCame())
    table = dict(bench.table)
    again = bench.fold(update(1))
    assert (again.outcomes, bench.table) == ({}, table)


def test_who_has_left_is_forgotten() -> None:
    bench = Bench()
    bench.fold(MemberJoined("acme", "ada"))
    assert member_key("acme", "ada") in bench.table
    bench.fold(MemberLeft("acme", "ada"))
    assert list(bench.table) == [account_key("acme")]


def test_records_wait_for_nothing_and_a_newer_format_is_not_guessed_at() -> None:
    bench = Bench()
    bench.fold(MemberJoined("acme", "ada"))
    (value, *_) = bench.table.values()
    assert due_of(value) == NEVER
    with pytest.raises(WrittenByNewer, match="format 2"):
        bench.accounts.decode(value[:8] + b"\x02" + value[9:])


def test_a_record_that_nobody_wrote_is_refused_by_name() -> None:
    bench = Bench()
    bench.fold(MemberJoined("acme", "ada"))
    value = bench.table[b"seat/0/acme"]
    for damaged in (b"", value[:8], value[:9], value[:-1], value.replace(b"ada", b"a\xffa")):
        with pytest.raises(ChangelogDamaged, match=f"an account's record of {len(damaged)} bytes"):
            bench.accounts.decode(damaged)
