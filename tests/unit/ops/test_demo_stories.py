"""The lives that the demo tells: what waits for an account says so, and what the account answers is a line."""

from __future__ import annotations

from msgspec.structs import replace

from schemas import spine
from schemas.spine import AccountAnswered, AccountUpdated, Activity, CameFrom, FormSubmitted
from schemas.vocabulary import Relationship
from topics.catalogue import OUTCOMES, SPINE, name_of
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs
from worker.ops.demo.stories import LeadStory, stories_of
from worker.ops.replay import Replay, spine_line
from worker.ops.simulation import Simulation
from worker.presets import load

DAY = 86_400_000
POLICY = "inside-sales"


def form(number: int, account: str | None = None) -> FormSubmitted:
    return FormSubmitted(
        event_id=str(number),
        source="web",
        at=number * DAY,
        content=number,
        profile={} if account is None else {"account_id": account},
        form_id="pricing",
    )


def answer(relationship: Relationship | None) -> AccountAnswered:
    if relationship is None:
        return AccountAnswered("acme")
    heard = AccountUpdated(
        event_id="u",
        source="crm",
        at=DAY,
        content=0,
        account_id="acme",
        relationship=relationship,
    )
    return AccountAnswered("acme", heard)


def story_of(*messages: Activity | AccountAnswered) -> LeadStory:
    records = [
        Record(SPINE.name, 0, place, DAY, b"ana", spine.encode(_from(message, place)))
        for place, message in enumerate(messages)
    ]
    logs: dict[str, list[Record]] = {SPINE.name: records, **{t.name: [] for t in OUTCOMES}}
    replay = Replay(Simulation(load(POLICY)))
    for place, record in enumerate(records):
        for outcome in replay.tell(spine_line(record)):
            topic = name_of(outcome.type)
            logs[topic].append(Record(topic, 0, place, DAY, b"ana", outcome.encoded()))
    (story,) = stories_of(Logs(logs), load(POLICY))
    return story


def _from(message: Activity | AccountAnswered, place: int) -> Activity | AccountAnswered:
    return replace(message, came_from=CameFrom("t", 0, place, 0))


def test_a_lead_that_waits_says_so_and_the_answer_is_a_line_of_its_own() -> None:
    waiting = [form(number, "acme") for number in range(1, 9)]
    story = story_of(*waiting, answer("client"), form(9))
    told = [(line.event, line.rule, line.status) for line in story.lines]

    assert told[:8] == [("form pricing", "waits for the account", "-")] * 8
    assert told[8][0] == "account says: client"
    assert (told[8][1], told[8][2]) == ("client_or_partner", "not_applicable")
    assert story.lines[8].day == "1970-01-09"
    assert told[9] == ("form pricing", "", "not_applicable")


def test_an_account_that_nobody_knows_says_that() -> None:
    story = story_of(form(1, "acme"), answer(None), *(form(number) for number in range(2, 9)))

    assert story.lines[1].event == "account says: nobody knows it"
    assert story.lines[1].status == "mql"
