"""HubSpot's call objects: what a person noted after a call, under `properties`.

How it ended is a disposition, named by a GUID; `with_dispositions` adds those that a portal made for itself. Without
one the call's status tells, where it tells enough. A call that is still going on, or of which nobody has said how it
went, comes again later. The lead is at the other end of the line: the caller of an inbound call, else the called one.
`lead_id` travels as a property of that name.

The id of the call and its disposition (without one, its status) together name the event: a disposition that is
corrected later is another call for the lead, and not lost as a conflict; the first one stands, too. A call without an
id is named by a digest of all its keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from schemas.vocabulary import CallOutcome
from worker.intake.adapters.reading import lower, milliseconds, seconds_of_milliseconds, text
from worker.intake.adapters.table import Becomes, Ignore, Read, Table, When

DISPOSITIONS: Mapping[str, CallOutcome] = {
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "gatekeeper",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "left_voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "no_answer",
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "busy",
    "17b47fee-58de-441e-a44c-c6300d46f273": "wrong_number",
}
"""Those of every portal; a message left with a person is a conversation with somebody else than the lead."""

_DETAILS = (
    Read("duration_seconds", ("hs_call_duration",), seconds_of_milliseconds),
    Read("agent_id", ("hubspot_owner_id",), text),
    Read("direction", ("hs_call_direction",), lower),
)
_CALLER = (*_DETAILS, Read("phone", ("hs_call_from_number",), text))
_CALLED = (*_DETAILS, Read("phone", ("hs_call_to_number",), text))


def _call(when: When, outcome: CallOutcome) -> tuple[Becomes, Becomes]:
    ended = {"outcome": outcome}
    return (
        Becomes({**when, "hs_call_direction": "inbound"}, "call-disposition", ended, _CALLER),
        Becomes(when, "call-disposition", ended, _CALLED),
    )


def _disposed(dispositions: Mapping[str, CallOutcome]) -> tuple[Becomes, ...]:
    return tuple(
        rule
        for guid, outcome in dispositions.items()
        for rule in _call({"hs_call_disposition": re.escape(guid)}, outcome)
    )


_ARCHIVED = Ignore({"archived": "true"}, "archived: taken out of HubSpot")
_GOING_ON = Ignore(
    {"hs_call_status": "queued|ringing|connecting|calling_crm_user|in_progress|hold"},
    "the call is still going on",
)
_NOTHING_SAID = "nobody has said yet how the call went"
_WITHOUT_DISPOSITION = (
    *_call({"hs_call_disposition": "", "hs_call_status": "busy"}, "busy"),
    Ignore(
        {"hs_call_disposition": "", "hs_call_status": "missed"}, "a call to us that nobody took"
    ),
    *_call({"hs_call_disposition": "", "hs_call_status": "no_answer"}, "no_answer"),
    *_call({"hs_call_disposition": "", "hs_call_status": "failed|canceled"}, "failed"),
    Ignore(
        {"hs_call_disposition": "", "hs_call_status": "completed"},
        _NOTHING_SAID,
    ),
    Ignore(
        {"hs_call_disposition": "", "hs_call_status": "", "hs_timestamp?": "true"}, _NOTHING_SAID
    ),
)

HUBSPOT_CALL = Table(
    vendor="hubspot-call",
    kind_path="hs_call_disposition",
    page="results",
    inside="properties",
    rules=(_ARCHIVED, _GOING_ON, *_disposed(DISPOSITIONS), *_WITHOUT_DISPOSITION),
    named_by=(
        Read("event_id", ("id", "hs_object_id"), text),
        Read("event_id", ("hs_call_disposition", "hs_call_status"), lower),
    ),
    reads=(
        Read("occurred_at", ("hs_timestamp",), milliseconds),
        Read("lead_id", ("lead_id",), text),
    ),
)


def with_dispositions(own: Mapping[str, CallOutcome]) -> Table:
    """Returns the table with a portal's own dispositions (GUID -> outcome) over those of every portal."""
    told = {**DISPOSITIONS, **{guid.strip().lower(): outcome for guid, outcome in own.items()}}
    return replace(
        HUBSPOT_CALL, rules=(_ARCHIVED, _GOING_ON, *_disposed(told), *_WITHOUT_DISPOSITION)
    )


class DispositionsError(ValueError):
    """A file of dispositions that cannot be used; says where, and what is allowed."""


def dispositions_in(text: str) -> dict[str, CallOutcome]:
    """Returns what a file of one's own says: TOML, a line `GUID = "outcome"` each; raises DispositionsError."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DispositionsError(f"no TOML: {error}") from error
    allowed = get_args(CallOutcome)
    for guid, outcome in told.items():
        if outcome not in allowed:
            raise DispositionsError(f"{guid} is {outcome!r}; allowed are {', '.join(allowed)}")
    return told
