"""null and "" in an optional field: as if it were not there."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import EVENTS, spine
from tests.unit.intake.events import LEAST, NAMED, activity, item
from worker.intake.items import AccountHeard, Admitted, Item


@pytest.mark.parametrize("kind", EVENTS)
def test_null_in_an_optional_field_is_absent(kind: str) -> None:
    optional = {"email": None, "phone": None, "product": None, "source": None, "fields": None,
                "consent": None, "automated": None, "qualification": None, "seconds": None}  # fmt: skip
    least = {**LEAST[kind], "source": "unknown"}
    told = {**least, **optional}
    assert item(kind, told).item == 0
    assert _message(item(kind, told)) == _message(item(kind, least))


OPTIONAL: dict[str, tuple[str, ...]] = {
    "form-submission": ("intent", "fields", "page_url", "campaign", "lead_source", "consent"),
    "email-engagement": ("bounce", "automated", "link_url", "campaign", "message_id"),
    "call-disposition": ("sentiment", "follow_up_at", "reason", "qualification", "expected_close_on", "agent_id",
                         "duration_seconds", "direction"),
    "crm-update": (),
    "account-update": (),
    "web-visit": ("page_url", "category", "seconds"),
}  # fmt: skip


@pytest.mark.parametrize("lacking", ["", None])
@pytest.mark.parametrize("kind", EVENTS)
def test_an_optional_field_that_is_lacking_is_absent_also_for_its_content(
    kind: str, lacking: str | None
) -> None:
    least = {**LEAST[kind], "source": "unknown", "lead_id": None, "email": "ana@acme.example"}
    for name in ("lead_id", "source", "phone", "product", *OPTIONAL[kind]):
        assert item(kind, {**least, name: lacking}) == item(kind, least), name


@pytest.mark.parametrize("lacking", ["", None])
@pytest.mark.parametrize(
    "action, names",
    [
        ({"action": "created", "origin": "import"}, ("worked_with", "fields")),
        ({"action": "status_requested", "status": "mql", "by_team": "sales"}, ("by", "reason", "fields")),
        ({"action": "profile_updated", "fields": {"company": "Acme"}}, ("email",)),
        ({"action": "consent_changed", "consent": {"email": True}}, ("phone",)),
    ],
)  # fmt: skip
def test_so_it_is_in_each_action(
    action: dict[str, Any], names: tuple[str, ...], lacking: str | None
) -> None:
    for name in names:
        told = {**NAMED, **action, name: lacking}
        assert activity("crm-update", told) == activity("crm-update", {**NAMED, **action}), name


def test_lacking_fields_of_a_form_and_of_a_consent_are_absent_also_for_the_content() -> None:
    least = LEAST["form-submission"]
    told = {
        **least,
        "fields": {"company": "", "utm": "", "employees": ""},
        "consent": {"email": ""},
    }
    assert activity("form-submission", told) == activity(
        "form-submission", {**least, "consent": {"phone": None}}
    )


def test_in_a_correction_null_clears_and_in_a_call_both_are_answers() -> None:
    corrected = {**NAMED, "action": "profile_updated"}
    told = [activity("crm-update", {**corrected, "fields": fields})
            for fields in ({"company": None}, {"company": ""}, {})]  # fmt: skip
    assert [one.profile for one in told] == [{"company": None}, {}, {}]
    assert told[0].content != told[1].content == told[2].content
    call = {**LEAST["call-disposition"], "qualification": {"need": "", "size": None}}
    assert activity("call-disposition", call).qualification == {"need": "", "size": None}


def test_employees_are_digits_up_to_64_bits() -> None:
    told = {**LEAST["form-submission"], "fields": {"employees": "9223372036854775807"}}
    assert activity("form-submission", told).profile["employees"] == 2**63 - 1


def _message(told: Item) -> spine.Activity:
    assert isinstance(told, Admitted | AccountHeard), told
    return told.activity if isinstance(told, Admitted) else told.update
