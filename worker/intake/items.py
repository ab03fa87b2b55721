"""What one item of an input record turns out to be."""

from __future__ import annotations

import msgspec

from schemas.dead_letter import DeadLetterCode
from schemas.spine import AccountUpdated, Told


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """An activity of a lead; the caller adds where it came from. `unknown` counts the fields nobody reads."""

    lead_id: str
    activity: Told
    item: int = 0
    unknown: int = 0


class AccountHeard(msgspec.Struct, frozen=True, gc=False):
    """News of a company, for the account-log."""

    account_id: str
    update: AccountUpdated
    item: int = 0
    unknown: int = 0


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """An item that cannot be read, and the first reason why."""

    code: DeadLetterCode
    message: str
    item: int = 0


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """An item that a vendor's table says is none of our business."""

    reason: str
    item: int = 0


Item = Admitted | AccountHeard | DeadLetter | Ignored


class Fault(Exception):
    """What is wrong with an item, as a dead letter will say it."""

    def __init__(self, code: DeadLetterCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def dead_letter(self, item: int = 0) -> DeadLetter:
        """Returns the dead letter for the item at this place in its record."""
        return DeadLetter(self.code, self.message, item)
