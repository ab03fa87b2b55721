"""Does what accounts said agree with what was said of them? Judged from topics alone.

Joined: the account-log names who came to an account and left it, each as often as the spine, told again, says. Told:
each partition of the account-log, told again, gives that partition of account-activity byte for byte, in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from schemas import account_log, spine
from schemas.account_log import MemberJoined, MemberLeft, Membership
from schemas.spine import AccountUpdated, CameFrom
from worker.accounts.records import Kept
from worker.accounts.relate import relate
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs

Said = tuple[bytes | None, bytes | None]
"""Key and value."""


def disagreements(logs: Logs, expected: Iterable[Membership]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, by its name, and where; `expected` are the memberships that the spine leads to."""
    messages = [account_log.decode(record.value or b"") for record in logs.account_log]
    wanted = _by_member(expected)
    found = _by_member(one for one in messages if isinstance(one, MemberJoined | MemberLeft))
    for member in sorted(wanted.keys() | found.keys()):
        if wanted[member] != found[member]:
            yield "memberships", f"of {member[1]} in {member[0]}"
    for partition, records in sorted(_by_partition(logs.account_log).items()):
        actual = _by_partition(logs.account_activity)[partition]
        told = [(record.key, record.value) for record in actual]
        for place, (want, have) in enumerate(zip_longest(_retold(records), told)):
            if want != have:
                yield "account-told", f"partition {partition}, message {place}"
                break


def _by_member(memberships: Iterable[Membership]) -> defaultdict[tuple[str, str], list[str]]:
    """Return who came and left, in order, by account and lead."""
    members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in memberships:
        members[one.account_id, one.lead_id].append(type(one).__name__)
    return members


def _by_partition(records: Iterable[Record]) -> defaultdict[int, list[Record]]:
    partitions: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        partitions[record.partition].append(record)
    return partitions


def _retold(records: Iterable[Record]) -> Iterator[Said]:
    """Yield what one partition of the account-log leads to; repeats of intake are told by their origin."""
    kept: dict[bytes, Kept | None] = {}
    applied: dict[tuple[str, int], tuple[int, int]] = {}
    for record in records:
        message = account_log.decode(record.value or b"")
        if isinstance(message, AccountUpdated) and isinstance(message.came_from, CameFrom):
            origin = message.came_from
            source, place = (origin.topic, origin.partition), (origin.offset, origin.item)
            if place <= applied.get(source, (-1, -1)):
                continue
            applied[source] = place
        related = relate(kept.get, message)
        kept |= related.records
        yield from ((lead_id.encode(), spine.encode(told)) for lead_id, told in related.told)
