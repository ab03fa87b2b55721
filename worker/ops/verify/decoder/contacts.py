"""Who an item speaks of: the producer's id, else a usable address, else a usable number; by the libraries' own word."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

REMEMBERED = 1 << 16
LONGEST = 320
"""Characters of an address; nothing longer is one, or a number."""
_SHORT = 63
_SIMPLE = re.compile(r"[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}")
"""Addresses of which no rule of e-mail takes exception, where they are short."""


class Contact(NamedTuple):
    """What is kept of an address or a number, and whether anybody can be reached by it."""

    kept: str | None
    usable: bool


NOBODY = Contact(None, usable=False)


def email(*typed: str | None) -> Contact:
    """Returns the first usable address, trimmed and in lower case; else the first that was typed."""
    return _first(typed, _address)


def phone(*typed: str | None) -> Contact:
    """Returns the first usable number as E.164; else the first that was typed."""
    return _first(typed, _number)


def lead_of(lead_id: str | None, address: Contact, number: Contact) -> str | None:
    """Returns the id of the lead, None where nothing tells it."""
    if lead_id is not None:
        return lead_id
    if address.usable:
        return f"email:{address.kept}"
    return f"phone:{number.kept}" if number.usable else None


def _first(typed: tuple[str | None, ...], usable: Callable[[str], str | None]) -> Contact:
    first = None
    for one in typed:
        if one:
            if (kept := usable(one)) is not None:
                return Contact(kept, usable=True)
            first = first or one
    return Contact(first, usable=False) if first else NOBODY


def _address(typed: str) -> str | None:
    address = typed.strip().lower()
    if len(address) <= _SHORT and _SIMPLE.fullmatch(address):
        return address
    return _checked(address) if len(address) <= LONGEST else None


@lru_cache(maxsize=REMEMBERED)
def _checked(address: str) -> str | None:
    import email_validator

    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # names like any other, whoever delivers to them
    try:
        domain = email_validator.validate_email(
            address, check_deliverability=False, globally_deliverable=False
        ).ascii_domain
    except email_validator.EmailNotValidError:
        return None
    *before, last = domain.split(".")
    return address if before and not last.isdigit() else None


def _number(typed: str) -> str | None:
    number = typed.strip()
    return _parsed(number) if number.startswith("+") and len(number) <= LONGEST else None


@lru_cache(maxsize=REMEMBERED)
def _parsed(number: str) -> str | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
