"""A partition of the account-log, told again: what accounts say to their leads by `relate`, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from schemas import account_log, spine
from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG
from worker.accounts import records
from worker.accounts.records import Kept
from worker.accounts.relate import SEATS_A_TURN, relate
from worker.lane.processor import DUE_BYTES, NEVER, Record, with_due
from worker.lifecycle.record import UnknownFormatError
from worker.ops.verify.applied import Applied
from worker.ops.verify.changelog import Changelog
from worker.ops.verify.expected import Cause, Expected, id_of
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.members import Members
from worker.ops.verify.shelf import Shelf

_FORMAT = bytes((1,))
"""The byte behind the due time of an account's record."""


class Books:
    """The accounts of one partition of the account-log."""

    def __init__(
        self,
        findings: Findings,
        ledger: Ledger,
        members: Members,
        seats_a_turn: int = SEATS_A_TURN,
        judged_from_ms: int = 0,
    ) -> None:
        """Begins; the lane of the account-log tells `seats_a_turn` leads before it lets others have their turn."""
        self._applied = Applied(ACCOUNT_LOG.name, findings, ledger)
        self._findings = findings
        self._members = members
        self._seats_a_turn = seats_a_turn
        self._judged_from_ms = judged_from_ms
        self._announced = self._certain = self._came = self._owed = 0
        """Turns that were announced, those of them that must have come, those that did, and those that had not yet when
        judging began."""
        self._shelf: Shelf[Kept] = Shelf(records.encode, records.decode)

    def fold(self, record: Record, cause: Cause) -> Iterator[tuple[str, Expected]]:
        """Yields what a message leads to, each with its topic."""
        message = _message(record)
        if message is None:
            self._findings.cannot_tell(
                f"{ACCOUNT_LOG.name}/{record.partition} offset {record.offset} cannot be read:"
                " a newer version of the worker may have written it"
            )
            return
        if isinstance(message, MemberJoined | MemberLeft):
            self._members.say(message, record.timestamp_ms)
        elif isinstance(message, TurnCame):
            self._take_turn(record)
        elif not self._applied.first_time(message, record):
            return
        related = relate(self._shelf.read, message, self._seats_a_turn)
        for key, kept in related.records.items():
            self._shelf.write(key, kept)
        if related.goes_on:
            self._announced += 1
            self._certain += cause.certain
        if record.timestamp_ms < self._judged_from_ms:
            self._owed = self._announced - self._came
        cause.outcomes = len(related.told)
        for lead_id, told in related.told:
            key, value = lead_id.encode(), spine.encode(told)
            yield ACCOUNT_ACTIVITY.name, Expected(cause, id_of(key, value), key, value)

    def _take_turn(self, record: Record) -> None:
        if self._came < self._announced:
            self._came += 1
            self._owed = max(self._owed - 1, 0)
        elif record.timestamp_ms >= self._judged_from_ms:
            where = f"{record.topic}/{record.partition} offset {record.offset}"
            self._findings.name_nameless("phantom", f"{where}: a turn that nothing has led to")

    def settle(self) -> None:
        """Ends a batch."""
        self._shelf.settle()

    def states(self) -> Iterator[tuple[bytes, bytes]]:
        """Yields what the changelog should hold, by key."""
        return ((key, with_due(NEVER, _FORMAT + value)) for key, value in self._shelf.items())

    def matched(self) -> None:
        """Hears nothing new: accounts wait for no time."""

    def close(self) -> None:
        """Names turns that should have come and did not."""
        missing = self._certain - self._came - self._owed
        if missing > 0:
            where = f"{missing} turns that accounts have to take"
            self._findings.name("lost", f"{ACCOUNT_LOG.name}: {where}")

    def differences(self, changelog: Changelog) -> Iterator[str]:
        """Yields in what else than its states the changelog differs."""
        return self._applied.differences(changelog.origins, changelog.moved)


def canonical_account(value: bytes) -> bytes:
    """Returns an account's record as this version writes it; UnknownFormatError where a newer one wrote it."""
    if len(value) > DUE_BYTES and not value.startswith(_FORMAT, DUE_BYTES):
        raise UnknownFormatError(f"an account's record of format {value[DUE_BYTES]}")
    return value


def _message(record: Record) -> AccountMessage | None:
    try:
        message: AccountMessage = account_log.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return message
