"""How any Kafka client of the worker reaches the brokers, and what is said when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.helpers import create_ssl_context

from worker.stream.settings import Settings


class BrokerTrouble(Exception):
    """The brokers cannot be reached, or will not do as asked; says which and why in one sentence."""


def connection(settings: Settings) -> dict[str, Any]:
    """Returns the arguments that every aiokafka client takes to connect."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
        "request_timeout_ms": int(settings.limits.request_seconds * 1_000),
    }
    if settings.security_protocol.startswith("SASL"):
        password = settings.sasl_password
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.sasl_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password else None
    if settings.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = create_ssl_context(
            cafile=_text(settings.ssl_cafile),
            certfile=_text(settings.ssl_certfile),
            keyfile=_text(settings.ssl_keyfile),
        )
    return arguments


def _text(path: object) -> str | None:
    """Returns a path as aiokafka wants it."""
    return None if path is None else str(path)


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turns any trouble with the brokers into one sentence that names them."""
    try:
        yield
    except KafkaConnectionError as error:
        raise BrokerTrouble(_unanswered(settings)) from error
    except (KafkaError, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise BrokerTrouble(f"Kafka at {settings.bootstrap}: {why}") from error


def _unanswered(settings: Settings) -> str:
    """Says that nobody answers; over TLS or SASL a refused certificate or login looks the same."""
    told = f"no broker answers at {settings.bootstrap}"
    if settings.security_protocol == "PLAINTEXT":
        return told
    return f"{told}, or none that takes our {settings.security_protocol} certificate or login"
