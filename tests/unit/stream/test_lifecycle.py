"""Lifecycle on a lane: decisions, repeats, and the policy in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from schemas import account_log, spine
from schemas.account_log import MemberJoined
from schemas.spine import AccountAnswered, CameFrom, FormSubmitted, PolicyInForce
from worker import presets
from worker.lane.errors import ProcessorRefuses
from worker.lane.origins import Origins
from worker.lane.processor import Record, TopicPartition, due_of
from worker.lane.stage import LaneStage
from worker.lifecycle.plan import Policy
from worker.lifecycle.record import Lead
from worker.stream.lifecycle import POLICY_KEY, Lifecycle, State
from worker.stream.partitioner import partition_of

LANE = 2
NOON = 1_760_000_000_000


class Counted:
    """A tally that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def decided(self, verdict: str) -> None:
        self.heard.append(verdict)

    def relayed(self, unknown_fields: int) -> None: ...

    def dead_letter(self, code: str) -> None: ...

    def ignored(self, reason: str) -> None: ...

    def published(self, kind: str, value: Mapping[str, Any]) -> None: ...

    def related(self, happened: str, told: int) -> None: ...


def announcement(value: bytes) -> PolicyInForce:
    message = spine.decode(value)
    assert isinstance(message, PolicyInForce)
    return message


class Bench:
    """A lane's table, and the transactions that change it."""

    def __init__(self, policy: Policy) -> None:
        self.table: dict[bytes, bytes] = {}
        self.origins = Origins()
        self.tally = Counted()
        self.open(policy)

    def open(self, policy: Policy) -> list[PolicyInForce]:
        self.lifecycle = Lifecycle("test", {"leads.account-log.v1": 5}, policy, self.tally)
        told = self.lifecycle.on_open(self.stage())
        return [announcement(value) for _, value in told]

    def stage(self) -> LaneStage[State]:
        return LaneStage(self.lifecycle, LANE, self.table, self.origins)

    def fold(self, *messages: spine.SpineMessage, arrived_at: int = 0) -> LaneStage[State]:
        stage = self.stage()
        for message in messages:
            key = None if isinstance(message, PolicyInForce) else b"lead-1"
            self.lifecycle.fold(
                Record("leads.activity.v1", LANE, 0, arrived_at, key, spine.encode(message)), stage
            )
        for key, value in stage.changes().items():
            assert value is not None
            self.table[key] = value
        self.origins.apply(stage.origins_seen)
        return stage


def form(number: int) -> FormSubmitted:
    return FormSubmitted(
        event_id=f"e{number}",
        source="site",
        at=NOON + number,
        content=number,
        form_id="white_paper",
        came_from=CameFrom("leads.form-submission.v1", 0, number, 0),
    )


def versions(stage: LaneStage[State]) -> list[str]:
    return [
        orjson.loads(value or b"")["policy"]["version"]
        for batch in stage.outcomes.values()
        for _, value, _ in batch
    ]


@pytest.fixture
def policy() -> Policy:
    return presets.load("inside-sales")


@pytest.fixture
def revised(tmp_path: Path) -> Policy:
    file = tmp_path / "revised.toml"
    file.write_text('extends = "inside-sales"\nversion = "revised"\n')
    return presets.load(str(file))


def test_an_outcome_goes_to_the_lanes_partition_as_a_cloud_event(policy: Policy) -> None:
    (place, batch), *_ = Bench(policy).fold(form(1)).outcomes.items()
    assert place == TopicPartition("leads.status-change.v1", LANE)
    (key, value, headers), *_ = batch
    told = orjson.loads(value or b"")
    assert key == b"lead-1"
    assert dict(headers)["ce_id"] == told["event_id"].encode() == b"lead-1/*/1"
    assert dict(headers)["ce_source"] == b"/lead-router/test"


def test_a_repeat_of_intake_leaves_no_trace(policy: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    table = dict(bench.table)
    again = bench.fold(form(1))
    assert (again.outcomes, bench.table) == ({}, table)
    assert bench.tally.heard == ["applied"]


def test_a_lead_is_kept_as_it_was_decided(policy: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    lead = bench.stage().read(b"lead-1")
    assert isinstance(lead, Lead)
    assert lead.lifecycles["*"].status == "inquiry"
    assert bench.lifecycle.encode(lead) == bench.table[b"lead-1"]


def test_who_joins_an_account_is_told_to_the_partition_of_the_account(policy: Policy) -> None:
    bench = Bench(policy)
    stage = bench.fold(replace(form(1), profile={"account_id": "acme"}))
    ((place, batch),) = stage.outcomes.items()
    assert place == TopicPartition("leads.account-log.v1", partition_of(b"acme", 5))
    ((key, value, _),) = batch
    assert (key, account_log.decode(value or b"")) == (b"acme", MemberJoined("acme", "lead-1"))
    assert bench.tally.heard == ["waiting"]


def test_the_wait_for_an_account_ends_by_a_deadline_ten_minutes_after_it_came(
    policy: Policy,
) -> None:
    bench = Bench(policy)
    bench.fold(replace(form(1), profile={"account_id": "acme"}), arrived_at=NOON)
    assert due_of(bench.table[b"lead-1"]) == NOON + 600_000
    stage = bench.fold(spine.decode(bench.lifecycle.deadline(NOON + 600_000)))
    assert versions(stage) == [policy.version]
    assert bench.tally.heard == ["waiting", "applied", "applied"]


def test_a_repeat_of_an_answer_leaves_no_trace(policy: Policy) -> None:
    bench = Bench(policy)
    answer = AccountAnswered("acme", came_from=CameFrom("leads.account-activity.v1", 0, 7, 0))
    bench.fold(replace(form(1), profile={"account_id": "acme"}), answer, answer)
    assert bench.tally.heard == ["waiting", "applied", "applied"]


def test_a_policy_that_has_no_place_for_leads_is_refused_with_the_statuses(
    policy: Policy,
) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    with pytest.raises(ProcessorRefuses, match="no place for leads in pre_inquiry, inquiry"):
        bench.open(presets.load("hand-raiser"))


def test_a_policy_that_says_where_leads_go_is_announced(policy: Policy, tmp_path: Path) -> None:
    hand_raiser = presets.load("hand-raiser")
    moved = "".join(f'{name} = "mql"\n' for name in hand_raiser.has_no_place_for(policy))
    file = tmp_path / "moving.toml"
    file.write_text(f'extends = "hand-raiser"\nversion = "moving"\n[moved]\n{moved}')
    bench = Bench(policy)
    bench.fold(form(1))
    assert len(bench.open(presets.load(str(file)))) == 1


def test_a_policy_has_to_say_where_leads_go_that_the_one_in_force_has_yet_to_move(
    policy: Policy, tmp_path: Path
) -> None:
    file = tmp_path / "without.toml"
    file.write_text('extends = "inside-sales"\nversion = "2"\ndisabled = ["engaged"]\n')
    without = presets.load(str(file))
    assert without.has_no_place_for(policy) == []
    assert "engaged" in presets.load("hand-raiser").has_no_place_for(without)


def test_a_new_lane_announces_its_policy_until_it_is_kept(policy: Policy) -> None:
    bench = Bench(policy)
    (announced,) = bench.open(policy)
    assert announced.digest == policy.digest
    bench.fold(announced)
    assert bench.open(policy) == []


def test_a_new_lane_decides_under_its_policy_from_its_first_message_on(
    policy: Policy, revised: Policy
) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    assert bench.stage().read(POLICY_KEY) == PolicyInForce(policy.digest, policy.text)
    assert [told.digest for told in bench.open(revised)] == [revised.digest]


def test_the_old_policy_decides_until_the_new_one_is_read(policy: Policy, revised: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    (announced,) = bench.open(revised)
    before = bench.fold(spine.decode(spine.encode(form(2))))
    contact = FormSubmitted(
        event_id="e3", source="site", at=NOON + 3, content=3, form_id="contact_us"
    )
    after = bench.fold(announced, contact)
    assert set(versions(before)) <= {policy.version}
    assert set(versions(after)) == {"revised"}
    assert bench.open(revised) == []
