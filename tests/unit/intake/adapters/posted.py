"""Short ways to post a vendor's body and ask what became of it."""

from __future__ import annotations

from typing import Any

import orjson

from worker.intake.adapters.adapt import Adapted, adapted
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import admit
from worker.intake.items import Admitted, DeadLetter, Item


def items(vendor: str, body: object) -> list[Item]:
    """Returns the items of a body."""
    return admit(f"raw.{vendor}", orjson.dumps(body))


def fate(vendor: str, thing: object) -> str:
    """Returns a dead letter's code, why an item is ignored, or the type of the message it became."""
    (item,) = items(vendor, thing)
    if isinstance(item, Admitted):
        return type(item.activity).__name__
    return item.code if isinstance(item, DeadLetter) else getattr(item, "reason", "account")


def message(vendor: str, thing: object) -> Any:
    """Returns the message of an item that is admitted."""
    (item,) = items(vendor, thing)
    assert isinstance(item, Admitted), item
    return item.activity


def lead_id(vendor: str, thing: object) -> str:
    """Returns the lead of an item that is admitted."""
    (item,) = items(vendor, thing)
    assert isinstance(item, Admitted), item
    return item.lead_id


def event(vendor: str, thing: object) -> Adapted:
    """Returns the public event of an item that is not ignored."""
    told = adapted(TABLES[f"raw.{vendor}"], thing)
    assert isinstance(told, Adapted), told
    return told
