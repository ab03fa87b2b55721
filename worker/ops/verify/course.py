"""The order of reading, which makes the cut of a cluster that goes on working.

What is caused is read up to a later moment than the cause is judged: first how far intake has passed the inputs, and
how far each lane the spine; then the inputs up to there; then the account-log and the spine, partition by partition,
each up to an end that is taken when its turn comes, after its changelog, and that after a look at what is published;
then the dead letters; last the ends of the inputs. So an item that intake had passed is on what is read later, or it is
lost; and an origin beyond the ends of the inputs is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial

from schemas.spine import PolicyInForce
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    OUTCOMES,
    RELAYED,
    SPINE,
    accounts_changelog,
    catalogue,
    intake_positions,
    lifecycle_changelog,
)
from worker.lane.errors import ChangelogDamaged
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import TopicPartition
from worker.ops.verify.books import Books, canonical_account
from worker.ops.verify.changelog import Canonical, Changelog, last_positions, read_changelog
from worker.ops.verify.dead_letters import read_dead_letters
from worker.ops.verify.decoder.decode import fates
from worker.ops.verify.extent import Extent
from worker.ops.verify.findings import Findings
from worker.ops.verify.island import Island, Published, Retelling
from worker.ops.verify.known import Known
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.lives import POLICY_KEY, Lives, canonical_lead, first_policy_in, policy_in
from worker.ops.verify.logs import Logs
from worker.ops.verify.matching import ToldBefore
from worker.ops.verify.members import Members
from worker.ops.verify.outlets import Outlets
from worker.ops.verify.overtaking import Overtaken, Overtaking, note_overtaken
from worker.ops.verify.promptness import Pace, Promptness, patience_of
from worker.ops.verify.reading import Keyed, has_company, source_of

TOLD = (SPINE.name, ACCOUNT_LOG.name)
"""What has to be there from its first message on: nothing can be told again without."""


class Course:
    """One verification of one installation."""

    def __init__(
        self,
        logs: Logs,
        application_id: str,
        since_ms: int | None,
        known: Known = Known(),  # noqa: B008 - frozen
    ) -> None:
        """Begins; `since_ms` is None to judge everything that was ever said, else what came at that time or later."""
        self.findings = Findings()
        self.ledger = Ledger(self.findings)
        self._logs = logs
        self._since_ms = since_ms
        self._known = known
        self._extent = Extent(logs, self.findings, since_ms, known.kept_since)
        self._source = source_of(application_id)
        self._outlets = Outlets(logs, self._extent, self.findings, self._source)
        self._members = Members(self.findings, since_ms or 0)
        self._suspects: list[Overtaken] = []
        self._topics = tuple(topic.name for topic in catalogue(application_id))
        self._positions = intake_positions(application_id).name
        self._of_leads = lifecycle_changelog(application_id).name
        self._of_accounts = accounts_changelog(application_id).name
        self._counts: Mapping[str, int] = {}

    async def run(self) -> None:
        """Reads everything once and fills in the findings; every topic has to be there."""
        self._counts = await self._logs.partitions(self._topics)
        if not await self._extent.is_whole(self._places(TOLD)):
            return
        outcomes = self._places(topic.name for topic in OUTCOMES)
        company = await has_company(self._logs, outcomes, self._source, self._since_ms)
        self.findings.has_company = company
        relayed = await self._last_positions(self._positions)
        passed = await self._last_positions(self._of_leads)
        await self._read_inputs(relayed)
        for partition in range(self._counts[ACCOUNT_LOG.name]):
            await self._judge_accounts(partition)
            self.ledger.turn_page()
        for partition in range(self._counts[SPINE.name]):
            at = passed[partition].get(SPINE.name, 0)
            await self._judge_leads(partition, at)
            self.ledger.turn_page()
        places = self._places([DEAD_LETTER.name])
        starts, begins = await self._extent.starts(places), await self._logs.beginnings(places)
        await read_dead_letters(self._logs, places, self.ledger, self.findings)
        self._counts = await self._logs.partitions(self._topics)  # inputs may have become wider
        ends = await self._logs.stable_ends(self._places(topic.name for topic in RELAYED))
        whole = [not self._extent.may_lack(place, starts[place], begins[place]) for place in places]
        self.ledger.close(ends, whole)
        self._members.close()
        self.findings.close()
        await note_overtaken(self._logs, self._suspects, ends, self.findings)
        self.findings.undecided.inputs = sum(
            max(end - relayed[place.partition].get(place.topic, 0), 0)
            for place, end in ends.items()
            if place.partition < len(relayed)
        )

    def _places(self, topics: Iterable[str]) -> list[TopicPartition]:
        return [TopicPartition(name, p) for name in topics for p in range(self._counts[name])]

    async def _last_positions(self, topic: str) -> list[Mapping[str, int]]:
        """Returns where each lane stands in its inputs, by partition; nowhere where nobody can read it."""
        found: list[Mapping[str, int]] = []
        for place in self._places([topic]):
            try:
                found.append(await last_positions(self._logs, place))
            except ChangelogDamaged as error:
                found.append({})
                if topic == self._positions:  # the others are read whole when their turn comes
                    self.findings.name("stale-state", f"{topic}/{place.partition}: {error}")
        return found

    async def _read_inputs(self, relayed: Sequence[Mapping[str, int]]) -> None:
        """Notes what items the inputs hold, up to where intake has passed them."""
        places = self._places(topic.name for topic in RELAYED)
        starts, ends = await self._extent.starts(places), await self._logs.stable_ends(places)
        for place in places:
            passed = relayed[place.partition].get(place.topic, 0)
            if passed > ends[place]:
                where = f"{place.topic}/{place.partition}: intake is at {passed}, and it ends at {ends[place]}"
                self.findings.name("unaccounted", where)
            start = starts[place]
            end = max(start, min(passed, ends[place]))
            items = self.ledger.open(place, start, end)
            async for records in self._logs.read(place, start, end):
                for record in records:
                    items.hold(record.offset, fates(record))

    async def _judge_accounts(self, partition: int) -> None:
        """Tells a partition of the account-log again."""
        written = await self._logs.ends([TopicPartition(ACCOUNT_ACTIVITY.name, partition)])
        changelog = await self._changelog(self._of_accounts, partition, canonical_account, None)
        judged_from_ms, seats = self._since_ms or 0, self._known.seats_a_turn
        books = Books(self.findings, self.ledger, self._members, seats, judged_from_ms)
        published = await self._published(written, changelog, None, _never_told)
        log = TopicPartition(ACCOUNT_LOG.name, partition)
        messages = await self._judge(log, changelog, published, books)
        judged, activity = self.findings.judged, published[ACCOUNT_ACTIVITY.name]
        judged.account_messages += messages
        judged.told_by_accounts += activity.matching.matched

    async def _judge_leads(self, partition: int, passed: int) -> None:
        """Tells a partition of the spine again; `passed` is where its lane stood before the account-log was read."""
        outlets = [TopicPartition(topic.name, partition) for topic in OUTCOMES]
        written = await self._logs.ends(outlets)
        changelog = await self._changelog(self._of_leads, partition, canonical_lead, POLICY_KEY)
        pace = Pace(patience_of(self._known.gate_ms))
        overtaking = Overtaking(self._suspects)
        promptness = Promptness(self.findings, pace, overtaking, self._since_ms or 0)
        log = TopicPartition(SPINE.name, partition)
        first = await self._first_policy(log, changelog)
        members = self._members.of(passed)
        lives = Lives(first, self.findings, self.ledger, members, promptness)
        published = await self._published(written, changelog, pace, lives.told_before)
        self.findings.judged.messages += await self._judge(log, changelog, published, lives)
        matched = sum(one.matching.matched for one in published.values())
        self.findings.judged.outcomes += matched

    async def _changelog(
        self, topic: str, partition: int, canonical: Canonical, beside: bytes | None
    ) -> Changelog:
        place, empty = TopicPartition(topic, partition), partial(Changelog, canonical, beside)
        changelog = await read_changelog(self._logs, place, empty)
        if changelog is None:
            self.findings.cannot_tell(f"{topic}/{partition} is compacted as often as it is read")
            return empty(is_read=False)
        for wrong in changelog.damaged.values():
            self.findings.name("stale-state", f"{topic}/{partition}: {wrong}")
        lost_its_place = POSITION_KEY in changelog.damaged and not changelog.positions
        return empty(is_read=False) if lost_its_place else changelog

    async def _published(
        self,
        written: Mapping[TopicPartition, int],
        changelog: Changelog,
        pace: Pace | None,
        told_before: ToldBefore,
    ) -> dict[str, Published]:
        """Returns what a lane publishes; what was `written` before its changelog was read is what that vouches for."""
        vouched_for = written if changelog.is_read else dict.fromkeys(written, 0)
        return await self._outlets.opened(vouched_for, self._counts, pace, told_before)

    async def _judge(
        self,
        log: TopicPartition,
        changelog: Changelog,
        published: Mapping[str, Published],
        retelling: Retelling,
    ) -> int:
        """Tells a log again up to an end taken now, and returns how many messages its lane had passed."""
        end = (await self._logs.ends([log]))[log]
        position = changelog.positions.get(log.topic, 0)
        if position > end:
            where = f"{log.topic}/{log.partition}: the position is {position}, and it ends at {end}"
            self.findings.name("stale-state", where)
        if log.topic == SPINE.name:
            self.findings.undecided.messages += max(end - position, 0)
        else:
            self.findings.undecided.account_messages += max(end - position, 0)
        since_ms, count = self._since_ms or 0, self._counts[log.topic]
        keyed = Keyed(self._logs, log, count, self.findings, since_ms)
        island = Island(keyed, changelog, published, self.findings)
        return await island.judge(retelling, end)

    async def _first_policy(
        self, log: TopicPartition, changelog: Changelog
    ) -> PolicyInForce | None:
        """Returns the first policy that the spine names, else the one that the changelog keeps."""
        end = (await self._logs.ends([log]))[log]
        async with aclosing(self._logs.read(log, 0, end)) as batches:
            async for records in batches:
                if (found := first_policy_in(records)) is not None:
                    return found
        return None if changelog.beside is None else policy_in(changelog.beside)


def _never_told(value: bytes) -> bool:
    """Returns False: what an account says bears no number, and may be said again."""
    del value
    return False
