"""The engine of the tables: which rule, and where from."""

from __future__ import annotations

import pytest

from tests.unit.intake.adapters.posted import event, fate, message
from worker.intake.adapters.adapt import LONGEST_REMEMBERED, Adapted, adapted
from worker.intake.adapters.hubspot_call import HUBSPOT_CALL, with_dispositions

DROPPED = {
    "id": "ev-1",
    "type": "DROPPED",
    "created": 1_772_357_400_250,
    "recipient": "zoe@example.com",
}
DELIVERED = {"event": "delivered", "timestamp": 1_772_357_400, "email": "zoe@example.com"}


@pytest.mark.parametrize("more", [1, LONGEST_REMEMBERED])
def test_a_word_of_any_length_finds_its_rule(more: int) -> None:
    reason = "PREVIOUSLY_UNSUBSCRIBED_" + "X" * more
    assert message("hubspot-email", {**DROPPED, "dropReason": reason}).kind == "unsubscribed"
    ignored = fate("hubspot-email", {**DROPPED, "dropReason": "X" * more})
    assert ignored == "hubspot-email: not sent for a reason that says nothing of the lead"


def test_the_same_words_are_told_apart_by_table() -> None:
    call = {"properties": {"hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7"}}
    own = with_dispositions({"F240BBAC-87c9-4f6e-bf70-924b57d47db7": "busy"})
    for table, outcome in ((HUBSPOT_CALL, "connected"), (own, "busy"), (HUBSPOT_CALL, "connected")):
        became = adapted(table, call)
        assert isinstance(became, Adapted)
        assert became.event["outcome"] == outcome


def test_an_item_without_an_id_is_named_by_a_digest_of_itself() -> None:
    found_at = event("sendgrid", DELIVERED).found_at
    assert found_at == {
        "source": "the table",
        "kind": "the table",
        "event_id": "a digest of the item",
        "occurred_at": "timestamp",
        "email": "email",
    }
