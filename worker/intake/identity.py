"""Who a lead is: the producer's id, else the e-mail address, else the phone number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, cast

import msgspec

from schemas.event import Event
from schemas.vocabulary import Channel

REMEMBERED = 1 << 16
"""Addresses and numbers kept normalised that are not plain: 20 to 100 us to work out, and leads come back."""
LONGEST = 320
"""Characters of an address (64 before the @, 255 behind it); a number is shorter. Keeps what is remembered small."""


class Person(msgspec.Struct, frozen=True, gc=False):
    """Whom an event speaks of: lead_id is None where nothing usable was told.

    `implausible` names what is kept as it was typed, because it cannot be an address or a number.
    """

    lead_id: str | None
    email: str | None
    phone: str | None
    implausible: tuple[Channel, ...] = ()


_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+@(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+[a-z]+"
)
"""What most addresses look like once typed: nothing is left to normalise, no single rule of e-mail is touched."""
_WITHIN_EVERY_LIMIT = 63
"""Characters: the shortest of the limits, that of a label of the domain."""
_PLAIN_NUMBER = re.compile(r"\+([1-9][0-9]{7,14})")
"""A country's code and a number in it, nothing else."""


def email_of(typed: str) -> str | None:
    """Returns the address trimmed and in lower case, None where its syntax is wrong or its domain is none.

    A domain has a dot and does not end in digits alone: those are hosts at home, and numbers of machines.
    """
    if len(typed) <= _WITHIN_EVERY_LIMIT and _PLAIN_ADDRESS.fullmatch(typed):
        return typed
    address = typed.strip().lower()
    return _valid_email(address) if len(address) <= LONGEST else None


def phone_of(typed: str) -> str | None:
    """Returns the number as E.164, None where it does not start with + or does not parse."""
    plain = _PLAIN_NUMBER.fullmatch(typed)
    if plain and _is_e164(plain[1]):
        return typed
    number = typed.strip()
    return _e164(number) if number.startswith("+") and len(number) <= LONGEST else None


@lru_cache(maxsize=REMEMBERED)
def _valid_email(address: str) -> str | None:
    import email_validator  # noqa: PLC0415 - 40 ms, not everyone needs it

    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # well-formed, though nobody delivers to them
    try:
        valid = email_validator.validate_email(
            address, check_deliverability=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError:
        return None
    _, dot, last = valid.ascii_domain.rpartition(".")
    return address if dot and not last.isdigit() else None


def _is_e164(digits: str) -> bool:
    """Tells whether a number is surely as E.164 has it: it names a country and starts with nothing dialled at home."""
    for length in (1, 2, 3):
        dialled_at_home = _dialled_at_home(digits[:length])
        if dialled_at_home:
            return dialled_at_home.match(digits, length) is None
    return False


@cache
def _dialled_at_home(code: str) -> re.Pattern[str] | None:
    """Returns what is cut off a number of a country where it starts so; None where no country has the code.

    A zero is in it everywhere: some countries dial it abroad too, which the library knows better.
    """
    from phonenumbers import PhoneMetadata, region_code_for_country_code  # noqa: PLC0415 - 50 ms

    region = region_code_for_country_code(int(code))
    told = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if told is None:
        return None
    prefix = told.national_prefix_for_parsing
    return re.compile(f"0|{prefix}" if prefix else "0")


@lru_cache(maxsize=REMEMBERED)
def _e164(number: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 - 50 ms, not everyone needs it

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def person_of(event: Event) -> Person:
    """Returns whom an event speaks of, with address and number normalised where usable, else as typed."""
    fields = event.__dict__.get("fields", _NO_FIELDS)
    email, plausible_email = _chosen(event.email, fields.get("email"), email_of)
    phone, plausible_phone = _chosen(event.phone, fields.get("phone"), phone_of)
    lead_id = event.lead_id
    if lead_id is None and plausible_email:
        lead_id = f"email:{email}"
    elif lead_id is None and plausible_phone:
        lead_id = f"phone:{phone}"
    if (plausible_email or email is None) and (plausible_phone or phone is None):
        return Person(lead_id, email, phone)
    wrong = (("email", email, plausible_email), ("phone", phone, plausible_phone))
    implausible = tuple(name for name, typed, good in wrong if typed is not None and not good)
    return Person(lead_id, email, phone, cast("tuple[Channel, ...]", implausible))


_NO_FIELDS: Mapping[str, Any] = {}


def _chosen(
    beside: str | None, in_fields: str | None, normalise: Callable[[str], str | None]
) -> tuple[str | None, bool]:
    """Returns what was typed, the usable one of two if there is one, and whether it is usable."""
    if beside and (usable := normalise(beside)):
        return usable, True
    if in_fields and (usable := normalise(in_fields)):
        return usable, True
    return beside or in_fields or None, False
