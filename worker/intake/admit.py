"""The one function of the door: the bytes of a record in, its items out."""

from __future__ import annotations

from collections.abc import Mapping

from schemas import EVENTS, spine
from schemas.envelope import EnvelopeFault, Headers, Opened, UnsupportedVersion, opened
from worker.intake.adapters.adapt import adapted, things_in
from worker.intake.adapters.table import Ignore, Table
from worker.intake.adapters.vendors import TABLES
from worker.intake.checks import checked
from worker.intake.content import content_of
from worker.intake.identity import person_of
from worker.intake.items import AccountHeard, Admitted, Fault, Ignored, Item
from worker.intake.messages import message_of
from worker.intake.parse import value_of

KINDS = frozenset(EVENTS) | frozenset(TABLES)
"""Every event type that is read: an input topic's name without `leads.` and `.v1`."""


class Door:
    """How to read: `strict` makes unknown fields a fault, `tables` are the vendors' by event type."""

    def __init__(self, *, strict: bool = False, tables: Mapping[str, Table] = TABLES) -> None:
        self._strict = strict
        self._tables = tables

    def admit(
        self,
        kind: str,
        value: bytes | None,
        headers: Headers = (),
        recorded_ms: int | None = None,
    ) -> list[Item]:
        """Returns the items of a record of an input topic; `kind` is one of KINDS.

        `recorded_ms` is the record's timestamp; None, where there is no broker, leaves the future unchecked. Never
        raises for what a sender may write.
        """
        try:
            told = value_of(value)
            table = self._tables.get(kind)
            if table is None:
                return [self._item(kind, _opened(told, headers), recorded_ms, 0)]
            things = enumerate(things_in(table, told))
        except Fault as fault:
            return [fault.dead_letter()]
        return [self._adapted(table, thing, recorded_ms, item) for item, thing in things]

    def _adapted(self, table: Table, thing: object, recorded_ms: int | None, item: int) -> Item:
        try:
            became = adapted(table, thing)
            if isinstance(became, Ignore):
                return Ignored(f"{table.vendor}: {became.reason}", item)
            return self._item(became.kind, Opened(became.event), recorded_ms, item)
        except Fault as fault:
            return fault.dead_letter(item)

    def _item(self, kind: str, told: Opened, recorded_ms: int | None, item: int) -> Item:
        event, at, unknown = checked(kind, told, recorded_ms, strict=self._strict)
        who = person_of(event)
        message = message_of(event, who, at, content_of(kind, event))
        if isinstance(message, spine.AccountUpdated):
            return AccountHeard(message.account_id, message, item, unknown)
        if who.lead_id is None:
            raise Fault("identity.missing", "neither lead_id nor a usable email or phone")
        return Admitted(who.lead_id, message, item, unknown)


def _opened(value: object, headers: Headers) -> Opened:
    try:
        return opened(value, headers, EVENTS)
    except UnsupportedVersion as fault:
        raise Fault("schema.unsupported_version", str(fault)) from None
    except EnvelopeFault as fault:
        raise Fault("schema.invalid", str(fault)) from None


_LENIENT, _STRICT = Door(), Door(strict=True)


def admit(
    kind: str,
    value: bytes | None,
    headers: Headers = (),
    recorded_ms: int | None = None,
    *,
    strict: bool = False,
) -> list[Item]:
    """Returns the items of a record, read with the tables as they are shipped (see `Door.admit`)."""
    return (_STRICT if strict else _LENIENT).admit(kind, value, headers, recorded_ms)
