"""What `lead show` and `lead explain` tell, from a spine in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from schemas import spine
from worker.lane.processor import Record
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import encode_lead
from worker.ops.lead import command
from worker.ops.lead_telling import Said, Tell, explained, shown
from worker.ops.simulation import Simulation
from worker.presets import load
from worker.stream.lookup import Kept, Lookup

AT = 1_709_283_600_000
DAY = 86_400_000
POLICY = load("inside-sales")


class Topics(Lookup):
    """A partition of the spine in memory, and the outcomes on their topics."""

    def __init__(self, *messages: spine.SpineMessage) -> None:
        self.partition = 0
        self.messages = messages
        self.outcomes: dict[str, bytes] = {}

    async def first_policy(self) -> spine.PolicyInForce | None:
        policies = (one for one in self.messages if isinstance(one, spine.PolicyInForce))
        return next(policies, None)

    async def told(self, until: int) -> AsyncIterator[tuple[Record, spine.SpineMessage]]:
        for offset, message in enumerate(self.messages[:until]):
            key = None if isinstance(message, spine.PolicyInForce) else b"lead"
            yield Record("spine", 0, offset, AT, key, spine.encode(message)), message

    async def published(self) -> dict[str, bytes]:
        return dict(self.outcomes)


def form(number: int, form_id: str = "pricing", day: int = 0) -> spine.FormSubmitted:
    return spine.FormSubmitted(
        event_id=str(number),
        source="web",
        at=AT + day * DAY,
        content=number,
        form_id=form_id,
        profile={"company": "Acme"},
        came_from=spine.CameFrom("leads.form-submission.v1", 0, number, 0),
    )


def in_force(policy: Policy) -> spine.PolicyInForce:
    return spine.PolicyInForce(policy.digest, policy.text)


def kept(topics: Topics, policy: Policy = POLICY) -> Kept:
    """Returns what a worker keeps that has read everything under one policy, and published all of it."""
    simulation = Simulation(policy)
    for message in topics.messages:
        if not isinstance(message, spine.PolicyInForce):
            outcomes = simulation.fold("lead", message, policy, AT).outcomes
            topics.outcomes |= {one.value["event_id"]: one.encoded() for one in outcomes}
    lead = simulation.leads["lead"]
    return Kept(encode_lead(lead), lead, in_force(policy), len(topics.messages))


async def words(tell: Tell, topics: Topics, found: Kept) -> list[str]:
    return [word for said in await everything(tell, topics, found) for word in said.words]


async def everything(tell: Tell, topics: Topics, found: Kept) -> list[Said]:
    return [said async for said in tell(topics, found, "lead")]


async def test_show_tells_the_record_then_the_history_in_words() -> None:
    topics = Topics(in_force(POLICY), form(1), spine.DeadlineReached(AT + 14 * DAY))
    told = await words(shown, topics, kept(topics))
    now = next(word for word in told if word.startswith("    score"))
    assert now.startswith("    score     26.9 + 0.0, now ")
    told.remove(now)
    assert told == [
        "lead, last heard of 2024-03-15T09:00",
        '    profile   company="Acme"',
        "    contact   email allowed, phone allowed",
        "    account   none",
        "",
        "[*] long_term_nurture since 2024-03-15T09:00 for not_followed_up",
        "    deadline  until 2026-03-15T09:00, then inquiry",
        "    locks     none",
        "    counters  activities=1, attempts=0",
        "    answers   none",
        f"    policy    inside-sales version 1 {POLICY.digest}",
        "",
        "leads.activity.v1 partition 0 up to offset 3:",
        "",
        f"policy inside-sales version 1 {POLICY.digest} comes into force",
        '2024-03-01T09:00 form-submission profile.company="Acme" form_id="pricing" (web, 1)',
        (
            '    status-change: new -> mql by raised_hand; mql_type="fast_track"; score 30.0 + 0.0;'
            " until 2024-03-15T09:00, then long_term_nurture for not_followed_up; outreach none"
        ),
        "    handoff: marketing -> inside_sales, new_to_mql; answer by 2024-03-02T09:00",
        "2024-03-15T09:00 deadline reached",
        (
            "    status-change: 2024-03-15T09:00 mql -> long_term_nurture by deadline for not_followed_up;"
            " score 26.9 + 0.0; after 14.0 days; until 2026-03-15T09:00, then inquiry; outreach nurture"
        ),
        "    handoff: 2024-03-15T09:00 inside_sales -> marketing, mql_to_long_term_nurture",
    ]


async def test_what_is_not_on_its_topic_and_what_should_not_be_there_is_named() -> None:
    topics = Topics(form(1))
    found = kept(topics)
    topics.outcomes["lead/*/9"] = topics.outcomes.pop("lead/*/2")
    told = await words(shown, topics, found)
    assert [word for word in told if word.endswith("(not on its topic)")] == [
        (
            "    handoff: marketing -> inside_sales, new_to_mql; answer by 2024-03-02T09:00"
            "  (not on its topic)"
        )
    ]
    assert told[-1] == "difference: lead/*/9 is published, but does not follow from the spine"


@pytest.mark.parametrize("tell", [shown, explained])
async def test_a_record_that_the_spine_does_not_lead_to_is_a_difference(tell: Tell) -> None:
    topics = Topics(form(1), form(2))
    found = kept(Topics(form(1)))
    lines = [said.line for said in await everything(tell, topics, found) if said.line]
    assert not [line for line in lines if line["type"] == "difference"]
    behind = Kept(found.value, found.lead, found.policy, 2)
    lines = [said.line for said in await everything(tell, topics, behind) if said.line]
    assert [line["value"]["message"] for line in lines if line["type"] == "difference"] == [
        "the spine, told again, does not lead to the record"
    ]


async def test_what_intake_relayed_twice_comes_to_nothing_and_says_so() -> None:
    topics = Topics(form(1), form(1))
    told = await words(shown, topics, kept(topics))
    assert told[-1] == "    relayed twice: nothing comes of it again"
    assert told.count(told[-1]) == 1


async def test_explain_tells_each_outcome_and_the_last_quiet_activity() -> None:
    topics = Topics(form(1, "webinar"), form(2, "webinar"), form(3, "webinar"))
    told = await words(explained, topics, kept(topics))
    heading = 'form-submission profile.company="Acme" form_id="webinar"'
    assert told[2:7] == [
        f"2024-03-01T09:00 {heading} (web, 1)",
        (
            "    status-change: new -> inquiry by first_activity; score 10.0 + 0.0; until 2025-03-01T09:00,"
            " then long_term_nurture for no_recent_activity; outreach nurture"
        ),
        "        rule target_account (to mql) did not match: account_tier target (it is unknown)",
        "        rule scored (to mql) did not match: score at least 60 (it is 10.0)",
        "        rule first_activity matched: it has no further conditions",
    ]
    assert told[7:11] == [
        "2 more led to nothing; the last of them:",
        f"2024-03-01T09:00 {heading} (web, 3)",
        "        rule target_account (to mql) did not match: account_tier target (it is unknown)",
        "        rule scored (to mql) did not match: score at least 60 (it is 30.0)",
    ]
    assert told[12] == "[*] inquiry, as of 2024-03-01T09:00"


async def test_explain_decides_under_the_policy_that_the_spine_put_in_force(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "inside-sales"\nname = "mine"\n[forms]\naction = ["webinar"]\n', encoding="utf-8"
    )
    policy = load(str(mine))
    topics = Topics(in_force(policy), form(1, "webinar"), in_force(POLICY), form(2, "pricing", 20))
    found = kept(topics, policy)
    lines = [s.line for s in await everything(explained, topics, found) if s.line]
    changes = [line["value"] for line in lines if line["type"] == "status-change"]
    assert [(one["to_status"], one["policy"]["name"]) for one in changes] == [
        ("mql", "mine"),
        ("long_term_nurture", "inside-sales"),
        ("mql", "inside-sales"),
    ]


async def test_what_waited_for_its_account_is_explained_below_its_own_name() -> None:
    brought = structs.replace(form(1), profile={"account_id": "a-1"})
    client = spine.AccountUpdated(
        event_id="c", source="crm", at=AT, content=9, account_id="a-1", relationship="client"
    )
    waits = Topics(brought)
    told = await words(shown, waits, kept(waits))
    assert "    waiting   1 for the word of a-1, until 2024-03-01T09:10" in told
    assert await words(explained, waits, kept(waits)) == [
        "lead, leads.activity.v1 partition 0 up to offset 1:",
        "",
        "1 more led to nothing; the last of them:",
        '2024-03-01T09:00 form-submission profile.account_id="a-1" form_id="pricing" (web, 1)',
        "        it waits for what its account is to us",
    ]
    topics = Topics(brought, spine.AccountAnswered("a-1", client))
    told = await words(explained, topics, kept(topics))
    assert told[2] == (
        "2024-03-01T09:00 form-submission (web, 1), which had waited for its account"
    )
    assert told[3].startswith("    status-change: new -> not_applicable by client_or_partner")
    assert (
        "        rule client_or_partner matched: customer true (relationship one of client, partner"
        " (it is client))"
    ) in told
    assert "account a-1 answers: client" in await words(shown, topics, kept(topics))


def test_without_a_broker_it_ends_with_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", "127.0.0.1:1")
    done = CliRunner().invoke(command, ["show", "lead"])
    assert (done.exit_code, done.stdout) == (3, "")
    assert "no broker answers at 127.0.0.1:1" in done.stderr


def test_its_help_imports_no_kafka_client() -> None:
    program = (
        "import sys, worker.ops.lead; print({'aiokafka', 'pydantic', 'faust'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
