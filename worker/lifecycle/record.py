"""What is kept of a lead: the person once, and a lifecycle for each product.

A record is stored as 8 bytes (the earliest due time, so that deadlines are indexed without decoding), one byte of
format version, and MessagePack arrays. Times are UTC milliseconds, scores thousandths of a point.

A decision works on a copy of the lead that shares with the original whatever is not changed. So the fields of a lead
and of its lifecycles may be set, and a product may be added; a profile, a dict or a tuple inside them is never changed,
but replaced by another one.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from schemas.spine import Scalar

FORMAT = 1
NEVER = 2**63 - 1
"""The due time of what is never due."""

RING_EVENTS = 32
"""How many events a lead remembers for recognising a repeated one; 16 bytes each."""
RECENT_ACTIVITIES = 5
"""How many activities a handoff shows."""
MOST_CHARACTERS = 1000
"""Of a text that somebody typed, a lead's record keeps so many; no name and no answer is longer, and the spine has it
whole. An outcome repeats the profile and the answers, and is to fit a record."""
MOST_LIFECYCLES = 100
"""Products that one lead may have to do with: its record holds every lifecycle, and is written anew each time."""


ACTIVITY_TYPES = (
    "form-submission",
    "email-engagement",
    "call-disposition",
    "crm-update",
    "web-visit",
    "account-update",
)
"""What an activity shown with a handoff can be; stored as its place here, so only ever appended to."""


class UnknownFormatError(Exception):
    """A record was written by a newer version of the worker."""


class Profile(msgspec.Struct, array_like=True, gc=False):
    """What is known of the person."""

    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company: str | None = None
    country: str | None = None
    employees: int | None = None
    industry: str | None = None
    account_id: str | None = None
    account_tier: str | None = None
    lead_source: str | None = None

    def known(self) -> dict[str, str | int]:
        """Returns what is known, by name."""
        return {
            name: value for name, value in msgspec.structs.asdict(self).items() if value is not None
        }


class Lifecycle(msgspec.Struct, array_like=True, gc=False):
    """Where a lead stands with one product.

    `due` is when the stay in the status ends, `leg` the part of the stay that runs, `reason` the one the status was
    entered with. `day_points` are the capped points given on the UTC day `day`, by signal, and `week_points` those of
    the week `week`. `counts` are the policy's counters, `times` when the last of what a counter with a window counts
    happened. `idle_from` is when the current span without anything the lead did began, 0 before the first activity.
    """

    status: str | None = None
    entered_at: int | None = None
    due: int = NEVER
    reason: str | None = None
    engagement: int = 0
    engaged_at: int = 0
    day: int = 0
    day_points: dict[str, int] = {}
    answers: dict[str, Scalar] = {}
    locks: tuple[str, ...] = ()
    attempts: int = 0
    leg: int = 0
    counts: dict[str, int] = {}
    times: dict[str, tuple[int, ...]] = {}
    week: int = 0
    week_points: dict[str, int] = {}
    idle_from: int = 0


class Waiting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a lead cannot be decided on before its account has answered; the first message brought that account.

    `messages` are as the spine had them, `until` is when nobody waits any longer.
    """

    account_id: str
    until: int
    messages: tuple[bytes, ...]


class Lead(msgspec.Struct, array_like=True, gc=False):
    """A person, as far as the log has told.

    `ring` holds 16 bytes for each of the last events: a digest of (source, event id) and one of the content. `recent`
    holds (place in ACTIVITY_TYPES, time) of the last activities. `seqs` counts the outcomes published, by product.
    `relationship` is what the account of the profile is to us, None where nobody said so. `email_bounced` and
    `phone_wrong` speak of the address and the number of the profile. `waiting` is None unless an account is asked.
    """

    clock: int = 0
    profile: Profile = msgspec.field(default_factory=Profile)
    email_allowed: bool = True
    phone_allowed: bool = True
    ring: bytes = b""
    recent: tuple[tuple[int, int], ...] = ()
    seqs: dict[str, int] = {}
    lifecycles: dict[str, Lifecycle] = {}
    email_plausible: bool = False
    phone_plausible: bool = False
    relationship: str | None = None
    email_bounced: bool = False
    phone_wrong: bool = False
    waiting: Waiting | None = None

    def unshared(self) -> Lead:
        """Returns a copy whose fields, and those of its lifecycles, can be set without the original noticing."""
        copied = self.lifecycles.copy()
        for product, found in copied.items():
            copied[product] = replace(found)
        return replace(self, lifecycles=copied)

    def earliest_due(self) -> int:
        """Returns when the next deadline of any lifecycle is due."""
        earliest = NEVER
        for lifecycle in self.lifecycles.values():
            if lifecycle.due < earliest:  # noqa: PLR1730 - half the time of min(), twice a record
                earliest = lifecycle.due
        return earliest

    def next_due(self) -> int:
        """Returns when time alone changes something next; what waits for an account holds everything else up."""
        return self.earliest_due() if self.waiting is None else self.waiting.until


_FORMAT_BYTE = bytes((FORMAT,))
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Lead)


def encode_lead(lead: Lead) -> bytes:
    """Writes a record, its earliest due time first."""
    due = lead.next_due().to_bytes(8, "big", signed=True)
    return due + _FORMAT_BYTE + _encoder.encode(lead)


def decode_lead(value: bytes) -> Lead:
    """Reads a record; UnknownFormatError where a newer worker wrote it."""
    if value[8] != FORMAT:
        raise UnknownFormatError(
            f"a lead record of format {value[8]}, this worker reads up to {FORMAT}"
        )
    return _decoder.decode(memoryview(value)[9:])
