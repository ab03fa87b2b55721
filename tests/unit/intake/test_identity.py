"""Who a lead is."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.intake.events import NAMED, activity, admitted, code
from worker.intake.identity import LONGEST, email_of, phone_of

NOBODY = {**NAMED, "lead_id": None}
FORM = {**NOBODY, "form_id": "newsletter"}

EMAILS = {
    "anna@example.com": "anna@example.com",
    "  Anna.B+x@Example.COM ": "anna.b+x@example.com",
    "anna@mail.test": "anna@mail.test",
    "anna@mail.local": "anna@mail.local",
    "Anna@Mail.Invalid": "anna@mail.invalid",
    "jürgen@bücher.onion": "jürgen@bücher.onion",
    "jürgen@bücher.example": "jürgen@bücher.example",
    "anna": None,
    "anna@": None,
    "@example.com": None,
    "anna@localhost": None,
    "anna@127.0.0.1": None,
    "anna@example.123": None,
    "anna@example.1a": "anna@example.1a",
    "anna@example": None,
    "an na@example.com": None,
    "anna@example..com": None,
    "anna@example.com, bob@example.com": None,
    "": None,
    "   ": None,
    " " * 1000 + "anna@example.com": "anna@example.com",
    "a" * 1000 + "@example.com": None,
}

PHONES = {
    "+49 30 901820": "+4930901820",
    " +1 (602) 405-3038 ": "+16024053038",
    "+44 (0)20 7946 0018": "+442079460018",
    "030 901820": None,
    "0049 30 901820": None,
    "+999 123456": None,
    "+": None,
    "call me": None,
    "": None,
}


@pytest.mark.parametrize("typed, usable", EMAILS.items())
def test_an_address_is_usable_trimmed_and_in_lower_case(typed: str, usable: str | None) -> None:
    assert email_of(typed) == usable


@pytest.mark.parametrize("typed, usable", PHONES.items())
def test_a_number_is_usable_as_e164_if_it_starts_with_a_plus(
    typed: str, usable: str | None
) -> None:
    assert phone_of(typed) == usable


SPECIAL_USE_DOMAIN_NAMES.clear()


def as_email_validator_has_it(typed: str) -> str | None:
    address = typed.strip().lower()
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    _, dot, last = valid.ascii_domain.rpartition(".")
    return address if dot and not last.isdecimal() and len(address) <= LONGEST else None


def as_phonenumbers_has_it(typed: str) -> str | None:
    try:
        parsed = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


labels = st.sampled_from(
    [
        "a",
        "1",
        "127",
        "com",
        "example",
        "mail-2",
        "a--b",
        "xn--bcher-kva",
        "xn--a",
        "-a",
        "a-",
        "b_c",
        "bücher",
        "ß",
        "İ",
        "test",
        "arpa",
        "invalid",
        "local",
        "localhost",
        "onion",
        "a" * 61,
        "a" * 63,
        "a" * 64,
        "",
    ]
)
names = st.text("abz09.+-_'\"\\ éß\u0301@", max_size=6) | st.sampled_from(["a" * 60, "a" * 240])
addresses = st.builds(
    "{}{}@{}{}".format,
    st.sampled_from(["", "", "", " ", "A"]),
    names,
    st.lists(labels, min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", "", "", "\n", ".", "."]),
)
numbers = st.builds(
    "+{}{}{}{}".format,
    st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)) | st.integers(0, 999),
    st.sampled_from(["", "", "0", "1", "15", "9", "8", "01", "06", " ", "٣"]),
    st.integers(0, 10**13),
    st.sampled_from(["", "", "", " ", "x5", "\n"]),
)


@given(addresses)
@example("a@b.local")
@example("a@b.localhost")
@example("a@b.invalid")
@example("a@b.onion")
@example("a@b.arpa")
@example("a@b.test")
@example("a@b.1")
@example("a@a--b.com")
@example("a@xn--a.com")
@example("a.@b.com")
@example("a@" + "b" * 64 + ".com")
@example("a@b.com\n")
def test_an_address_of_plain_shape_is_told_as_the_library_would_tell_it(typed: str) -> None:
    assert email_of(typed) == as_email_validator_has_it(typed)


@given(numbers)
@example("+390612345678")
@example("+4915112345678")
@example("+49015112345678")
@example("+12045550118")
@example("+112045550118")
@example("+541112345678")
@example("+99912345678")
@example("+12045550118\n")
def test_a_number_of_plain_shape_is_told_as_the_library_would_tell_it(typed: str) -> None:
    assert phone_of(typed) == as_phonenumbers_has_it(typed)


WHO: list[tuple[dict[str, Any], str | None]] = [
    ({"lead_id": "L-1", "email": "a@example.com"}, "L-1"),
    ({"email": " A@Example.com", "phone": "+4930901820"}, "email:a@example.com"),
    ({"phone": "+49 30 901820"}, "phone:+4930901820"),
    ({"fields": {"email": "A@example.com"}}, "email:a@example.com"),
    ({"fields": {"phone": "+49 30 901820"}}, "phone:+4930901820"),
    ({"email": "a@example.com", "fields": {"email": "b@example.com"}}, "email:a@example.com"),
    ({"email": "typo", "fields": {"email": "b@example.com"}}, "email:b@example.com"),
    ({"phone": "+4930901820", "fields": {"email": "b@example.com"}}, "email:b@example.com"),
    ({"email": "typo", "phone": "+4930901820"}, "phone:+4930901820"),
    ({"email": "", "fields": {"email": None, "phone": ""}}, None),
    ({"email": "typo", "phone": "030 901820"}, None),
    ({"fields": {"first_name": "Anna"}}, None),
    ({}, None),
]


@pytest.mark.parametrize("told, lead_id", WHO)
def test_a_lead_is_named_by_id_else_address_else_number(
    told: dict[str, Any], lead_id: str | None
) -> None:
    if lead_id is None:
        assert code("form-submission", {**FORM, **told}) == "identity.missing"
    else:
        assert admitted("form-submission", {**FORM, **told}).lead_id == lead_id


def test_a_request_is_named_by_its_fields_but_tells_nothing_of_the_profile() -> None:
    asked = {"action": "status_requested", "status": "mql", "by_team": "marketing"}
    told = admitted("crm-update", {**NOBODY, **asked, "fields": {"email": "A@example.com"}})
    assert told.lead_id == "email:a@example.com"
    assert told.activity.profile == {}
    owned = {**NOBODY, "action": "ownership_requested", "by_team": "sales", "phone": "+4930901820"}
    assert admitted("crm-update", owned).activity.profile == {}


def test_an_unusable_address_stays_in_the_profile_as_typed() -> None:
    told = activity(
        "form-submission",
        {**NAMED, "form_id": "x", "fields": {"email": " Anna@ ", "phone": "030 90"}},
    )
    assert told.profile == {"email": " Anna@ ", "phone": "030 90"}


@pytest.mark.parametrize(
    "kind, told",
    [
        ("email-engagement", {"kind": "opened"}),
        ("call-disposition", {"outcome": "busy"}),
        ("web-visit", {}),
    ],
)
def test_address_and_number_feed_the_profile_from_every_event(
    kind: str, told: dict[str, Any]
) -> None:
    told = {**NAMED, **told, "email": "A@Example.com", "phone": "+49 30 901820"}
    assert activity(kind, told).profile == {"email": "a@example.com", "phone": "+4930901820"}


def test_an_account_update_needs_no_lead() -> None:
    told = {**NOBODY, "account_id": "A-1", "relationship": "client"}
    assert code("account-update", told) is None
