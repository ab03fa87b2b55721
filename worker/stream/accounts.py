"""Accounts on a lane: reads the account-log, keeps who belongs to whom, and says to leads what `relate` says.

A partition of account-log, changelog and account-activity is an island: what a lane says stands on its own partition of
account-activity, whichever lead it is for; intake brings it to the lead's.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas import account_log, spine
from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from schemas.spine import AccountUpdated
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG, accounts_changelog
from worker.accounts import records
from worker.accounts.records import Kept
from worker.accounts.relate import SEATS_A_TURN, relate
from worker.lane.errors import ChangelogDamaged, WrittenByNewer
from worker.lane.processor import NEVER, Record, Stage, body_of, with_due
from worker.stream.tally import Tally

FORMAT = 1
"""The first byte of a record, behind the due time."""
_HAPPENED: dict[type[AccountMessage], str] = {
    AccountUpdated: "heard",
    MemberJoined: "joined",
    MemberLeft: "left",
    TurnCame: "turn",
}


class Accounts:
    """The processor that knows who belongs to which account; pure with respect to everything but its stage."""

    name = "accounts"
    inputs = (ACCOUNT_LOG.name,)
    transactional = True
    spine = None
    policy = ""
    format = FORMAT
    traces = (ACCOUNT_ACTIVITY.name,)

    def __init__(self, application_id: str, tally: Tally, seats_a_turn: int = SEATS_A_TURN) -> None:
        self.changelog = accounts_changelog(application_id).name
        self._header = ("ce_source", f"/lead-router/{application_id}".encode())
        self._tally = tally
        self._seats_a_turn = seats_a_turn

    def is_trace(self, record: Record) -> bool:
        """Returns whether this application told it."""
        return self._header in record.headers

    def on_open(self, stage: Stage[Kept]) -> Sequence[tuple[bytes | None, bytes]]:  # noqa: ARG002  the seam's
        """Says nothing: a telling that was begun goes on by the message that is on the log."""
        return ()

    def succession(self, stage: Stage[Kept]) -> None:
        """Succeeds nothing: it has no policy."""

    def fold(self, record: Record, stage: Stage[Kept]) -> None:
        """Applies one message of the account-log; repeats of intake are dropped by origin."""
        message = account_log.decode(record.value or b"")
        if isinstance(message, AccountUpdated) and message.came_from is not None:
            origin = message.came_from
            if not stage.first_time((origin.topic, origin.partition, origin.offset, origin.item)):
                return
        related = relate(stage.read, message, self._seats_a_turn)
        for key, kept in related.records.items():
            if kept is None:
                stage.erase(key)
            else:
                stage.write(key, kept)
        for lead_id, told in related.told:
            stage.send(ACCOUNT_ACTIVITY.name, lead_id.encode(), spine.encode(told), (self._header,))
        if related.goes_on:
            stage.send(ACCOUNT_LOG.name, None, account_log.encode(TurnCame()))
        self._tally.related(_HAPPENED[type(message)], len(related.told))

    def deadline(self, due_ms: int) -> bytes:
        """Fail: accounts wait for nothing."""
        raise NotImplementedError(due_ms)

    def encode(self, state: Kept) -> bytes:
        """Returns the changelog value of a record."""
        return with_due(NEVER, bytes((FORMAT,)) + records.encode(state))

    def decode(self, value: bytes) -> Kept:
        """Returns what a changelog value holds; WrittenByNewer or ChangelogDamaged where this version did not."""
        body = body_of(value)
        if not body:
            raise ChangelogDamaged(f"an account's record of {len(value)} bytes")
        if body[0] != FORMAT:
            raise WrittenByNewer(
                f"an account's record of format {body[0]}, this worker reads {FORMAT}: run the newer version again"
            )
        try:
            return records.decode(memoryview(body)[1:])
        except ValueError as error:
            raise ChangelogDamaged(f"an account's record of {len(value)} bytes is none") from error
