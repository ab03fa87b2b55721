"""A client asks about the topics it has met, and has none made; an admin may ask about all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest, MetadataRequest_v5

from worker.lane.kafka import answers
from worker.lane.kafka.answers import Connection
from worker.lane.kafka.questions import OwnQuestion, Question


def asked(question: MetadataRequest) -> tuple[Any, Any]:
    built: Any = question.build(MetadataRequest_v5)
    return built.topics, built.allow_auto_topic_creation


def test_no_question_has_a_topic_made() -> None:
    assert asked(Question(["a"])) == asked(OwnQuestion(["a"])) == (["a"], False)


def test_a_client_that_has_met_no_topic_asks_about_none() -> None:
    assert asked(OwnQuestion()) == ([], False)
    assert asked(Question()) == (None, False), "that is all there are"


async def test_who_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_connection: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(AIOKafkaConnection, "connect", silent)
    monkeypatch.setattr(answers, "CONNECT_SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        await Connection("127.0.0.1", 9).connect()
