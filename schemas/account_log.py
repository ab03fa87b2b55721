"""What travels on the account-log, keyed by account: what is said of it, and who belongs to it.

Intake writes AccountUpdated, with its origin. Lifecycle writes who came and who left, in the transaction that decides
it. Accounts itself writes TurnCame: so a long telling goes on behind whatever was written meanwhile.
"""

from __future__ import annotations

import msgspec

from schemas.spine import AccountUpdated


class MemberJoined(msgspec.Struct, frozen=True, gc=False, tag="member-joined"):
    """A lead has come to an account, and wants to know what it is to us."""

    account_id: str
    lead_id: str


class MemberLeft(msgspec.Struct, frozen=True, gc=False, tag="member-left"):
    """A lead has left an account."""

    account_id: str
    lead_id: str


class TurnCame(msgspec.Struct, frozen=True, gc=False, tag="turn"):
    """Some more members may be told now."""


Membership = MemberJoined | MemberLeft
AccountMessage = AccountUpdated | Membership | TurnCame

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(AccountMessage).decode
