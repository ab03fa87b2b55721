"""Intake on a lane: where each item goes, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from aiokafka.partitioner import murmur2 as client_librarys_murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas import spine
from schemas.spine import AccountAnswered, AccountUpdated, CameFrom, FormSubmitted
from topics.catalogue import DEAD_LETTER
from topics.settings import LARGEST_DEAD_LETTER, config_of
from worker.intake.admit import Door
from worker.lane.log import Message
from worker.lane.origins import Origins
from worker.lane.processor import Headers, Record, TopicPartition
from worker.lane.stage import LaneStage
from worker.stream.intake import Intake
from worker.stream.partitioner import murmur2, partition_of

COUNTS = {"leads.activity.v1": 7, "leads.account-log.v1": 5, "leads.dead-letter.v1": 2}
FORMS = "leads.form-submission.v1"

UPDATE = AccountUpdated(
    event_id="e1", source="crm", at=5, content=0, account_id="acme", relationship="client"
)


class Silent:
    """A tally that keeps nothing."""

    def relayed(self, unknown_fields: int) -> None: ...

    def dead_letter(self, code: str) -> None: ...

    def ignored(self, reason: str) -> None: ...

    def decided(self, verdict: str) -> None: ...

    def published(self, kind: str, value: Mapping[str, Any]) -> None: ...

    def related(self, happened: str, told: int) -> None: ...


@pytest.fixture
def intake() -> Intake:
    return Intake("test", COUNTS, Door(), Silent())


def folded(
    intake: Intake, topic: str, value: bytes, headers: Headers = (), key: bytes = b"any"
) -> LaneStage[None]:
    stage = LaneStage(intake, 3, {}, Origins())
    intake.fold(Record(topic, 3, 41, 1_760_000_000_000, key, value, headers), stage)
    return stage


def buried(
    intake: Intake, value: bytes, headers: Headers = (), key: bytes = b"any"
) -> tuple[bytes | None, bytes | None, dict[str, bytes | None]]:
    """Returns key, value and headers of the only dead letter of a record, once it has gone into a batch."""
    ((place, (letter,)),) = folded(intake, FORMS, value, headers, key).outcomes.items()
    limit = int(config_of(DEAD_LETTER)["max.message.bytes"])
    assert place.topic == DEAD_LETTER.name
    assert size_of(letter) <= limit
    key_, value_, told = letter
    return key_, value_, dict(told)


def size_of(letter: Message) -> int:
    """Returns the bytes of the batch that the producer makes of a message alone."""
    key, value, headers = letter
    batch = BatchBuilder(1, 0)
    assert batch.append(key=key, value=value, timestamp=1_760_000_000_000, headers=list(headers))
    return len(batch._build())


def form(**fields: object) -> bytes:
    told = {"event_id": "e1", "occurred_at": "2025-10-01T00:00:00Z", "form_id": "quote"}
    return orjson.dumps(told | fields)


def test_an_activity_goes_to_its_leads_partition_and_says_where_it_came_from(
    intake: Intake,
) -> None:
    ((place, batch),) = folded(intake, FORMS, form(lead_id="lead-1")).outcomes.items()
    assert place == TopicPartition("leads.activity.v1", partition_of(b"lead-1", 7))
    ((key, value, _),) = batch
    message = spine.decode(value or b"")
    assert isinstance(message, FormSubmitted)
    assert (key, message.came_from) == (b"lead-1", CameFrom(FORMS, 3, 41, 0))


def test_the_partition_is_that_of_kafkas_own_partitioner() -> None:
    assert [partition_of(key, 100) for key in (b"21", b"foobar", b"a-little-bit-long-string")] == [
        (-973932308 & 0x7FFFFFFF) % 100,
        (-790332482 & 0x7FFFFFFF) % 100,
        (-985981536 & 0x7FFFFFFF) % 100,
    ]


@given(st.binary(max_size=200))
def test_the_hash_of_a_key_is_the_client_librarys(key: bytes) -> None:
    assert murmur2(key) == client_librarys_murmur2(key) & 0xFFFFFFFF


def test_a_dead_letter_is_the_original_and_what_is_wrong_with_it(intake: Intake) -> None:
    ((place, batch),) = folded(intake, FORMS, b"\xff\xfe", (("theirs", b"1"),)).outcomes.items()
    assert place == TopicPartition("leads.dead-letter.v1", 3 % 2)
    ((key, value, headers),) = batch
    assert (key, value) == (b"any", b"\xff\xfe")
    told = dict(headers)
    assert told.pop("__connect.errors.exception.message")
    assert told.pop("__connect.errors.exception.class.name")
    assert told == {
        "theirs": b"1",
        "__connect.errors.topic": FORMS.encode(),
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"41",
        "lead-router-error-code": b"encoding.invalid",
        "lead-router-item": b"0",
        "lead-router-attempt": b"1",
    }


@pytest.mark.parametrize(
    "before, now", [(b"1", b"2"), (b"x", b"1"), (b"9" * 40, b"1"), (None, b"1")]
)
def test_a_replayed_dead_letter_counts_its_attempts(
    intake: Intake, before: bytes | None, now: bytes
) -> None:
    stage = folded(intake, FORMS, b"{", (("lead-router-attempt", before),))
    ((_, ((_, _, headers),)),) = stage.outcomes.items()
    assert [value for name, value in headers if name == "lead-router-attempt"] == [now]


def test_a_null_header_stays_null(intake: Intake) -> None:
    _, _, told = buried(intake, b"{", (("theirs", None),))
    assert told["theirs"] is None


def test_the_largest_dead_letter_that_fits_is_whole(intake: Intake) -> None:
    _, _, around = buried(intake, b"\xff")
    names = sum(10 + len(name) + len(value or b"") for name, value in around.items())
    most = LARGEST_DEAD_LETTER - 512 - names - len(b"any")
    whole = buried(intake, b"\xff" * most)[1] or b""
    assert len(whole) == most
    _, value, told = buried(intake, b"\xff" * (most + 1))
    assert (value, told["lead-router-left-out-value"]) == (None, str(most + 1).encode())


def test_what_does_not_fit_is_left_out_and_its_size_is_told(intake: Intake) -> None:
    large, most = 6_000_000, b"x" * LARGEST_DEAD_LETTER
    key, value, told = buried(intake, b"x" * large, (("theirs", b"1"),))
    assert (key, value, told["theirs"]) == (b"any", None, b"1")
    assert told["lead-router-left-out-value"] == b"6000000"
    assert (told["__connect.errors.topic"], told["__connect.errors.partition"]) == (
        FORMS.encode(),
        b"3",
    )
    assert told["__connect.errors.offset"] == b"41"
    key, value, told = buried(intake, b"{", (("theirs", most), ("again", None)))
    assert (key, value, told["lead-router-left-out-value"]) == (b"any", None, b"1")
    assert told["lead-router-left-out-headers"] == str(len(most) + 20 + len("theirsagain")).encode()
    assert not {"theirs", "again"} & told.keys()
    key, value, told = buried(intake, b"{", (("theirs", b"1"),), key=most)
    assert (key, value, "theirs" in told) == (None, None, False)
    assert told["lead-router-left-out-key"] == str(len(most)).encode()


def test_what_breaks_the_door_is_a_dead_letter(intake: Intake) -> None:
    stage = folded(intake, "a topic that intake does not know", b"{}")
    ((_, ((_, _, headers),)),) = stage.outcomes.items()
    assert dict(headers)["lead-router-error-code"] == b"internal.error"


@pytest.mark.parametrize("told", [AccountAnswered("acme"), AccountAnswered("acme", UPDATE), UPDATE])
def test_what_an_account_says_goes_to_its_leads_partition_and_says_where_it_came_from(
    intake: Intake, told: AccountAnswered | AccountUpdated
) -> None:
    stage = LaneStage(intake, 3, {}, Origins())
    topic = "leads.account-activity.v1"
    intake.fold(Record(topic, 3, 41, 0, b"lead-1", spine.encode(told)), stage)
    ((place, batch),) = stage.outcomes.items()
    assert place == TopicPartition("leads.activity.v1", partition_of(b"lead-1", 7))
    ((key, value, _),) = batch
    came_from = CameFrom(topic, 3, 41, 0)
    assert (key, spine.decode(value or b"")) == (b"lead-1", replace(told, came_from=came_from))


def test_an_account_update_goes_to_the_account_log(intake: Intake) -> None:
    value = orjson.dumps(
        {
            "event_id": "e1",
            "occurred_at": "2025-10-01T00:00:00Z",
            "account_id": "acme",
            "relationship": "client",
        }
    )
    ((place, _),) = folded(intake, "leads.account-update.v1", value).outcomes.items()
    assert place == TopicPartition("leads.account-log.v1", partition_of(b"acme", 5))
