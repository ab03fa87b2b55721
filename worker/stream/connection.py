"""How any Kafka client of the worker reaches the brokers, and what is said when it cannot."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection, collect_hosts
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.helpers import create_ssl_context
from aiokafka.protocol.metadata import MetadataRequest

from worker.lane.errors import NotAllowed
from worker.lane.kafka.rights import allowed
from worker.stream.settings import Settings

COMMAND = "lead-router-command"
"""What is not the record path's, and is not to spend its quota."""

TRIAL_SECONDS = 5.0
"""A server may take this long to say why it cannot be used, after it had its chance."""

IDLE_MS = 180_000
"""What is quiet for longer we close ourselves: on the way to a hosted cluster it may be forgotten after some minutes
without a word, and the first event after that would wait for a time-out or two."""
CLOSE_SECONDS = 0.2
"""A socket closes a round trip after it was told to; one that never opened does not say that it closed."""


class BrokerTrouble(Exception):
    """The brokers cannot be reached, or will not do as asked; says which and why in one sentence."""


def connection(settings: Settings, client_id: str = COMMAND) -> dict[str, Any]:
    """Returns the arguments that every aiokafka client takes to connect; by its id brokers know whose quota it is."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "client_id": client_id,
        "security_protocol": settings.security_protocol,
        "request_timeout_ms": int(settings.limits.request_seconds * 1_000),
        "connections_max_idle_ms": IDLE_MS,
    }
    if settings.security_protocol.startswith("SASL"):
        password = settings.sasl_password
        arguments["sasl_mechanism"] = settings.sasl_mechanism
        arguments["sasl_plain_username"] = settings.sasl_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password else None
    if settings.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = _ssl_context(settings)
    return arguments


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    """Returns whom to trust and who we are; BrokerTrouble where a file is not what it should be."""
    try:
        context: ssl.SSLContext = create_ssl_context(
            cafile=settings.ssl_cafile,
            certfile=settings.ssl_certfile,
            keyfile=settings.ssl_keyfile,
            password="",  # a key that wants one fails here instead of asking at the terminal
        )
    except OSError as error:
        why = getattr(error, "reason", None) or error.strerror or error
        raise BrokerTrouble(
            "ssl_cafile, ssl_certfile and ssl_keyfile: PEM files wanted, an authority's certificates,"
            f" our certificate, its key without a password; what is there cannot be used: {why}"
        ) from error
    return context


@asynccontextmanager
async def reaching(settings: Settings) -> AsyncIterator[None]:
    """Turns any trouble with the brokers into one sentence that names them."""
    try:
        with allowed("use"):
            yield
    except NotAllowed as error:
        raise BrokerTrouble(f"{type(error).__name__}: {error}") from error
    except KafkaConnectionError as error:
        raise BrokerTrouble(await _hindrance(settings)) from error
    except (KafkaError, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise BrokerTrouble(f"Kafka at {settings.bootstrap}: {why}") from error


async def _hindrance(settings: Settings) -> str:
    """Returns why no broker could be reached, a cause for each server: the client says merely that none was."""
    arguments = connection(settings)
    del arguments["connections_max_idle_ms"]  # of a client alone
    causes = []
    for host, port, _family in collect_hosts(arguments.pop("bootstrap_servers"), randomize=False):
        try:
            async with asyncio.timeout(TRIAL_SECONDS):
                await _ask(host, port, arguments)
        except (KafkaError, OSError, TimeoutError) as error:
            causes.append(_cause(f"{host}:{port}", error, settings))
    return "; ".join(causes) or f"{settings.bootstrap} was out of reach, and is there again"


async def _ask(host: str, port: int, arguments: dict[str, Any]) -> None:
    """Connects, and asks something that only those who are let in are told."""
    trial = AIOKafkaConnection(host, port, **arguments)
    try:
        await trial.connect()
        await trial.send(MetadataRequest([]))
    finally:
        await asyncio.wait({trial.close()}, timeout=CLOSE_SECONDS)


def _cause(server: str, error: Exception, settings: Settings) -> str:
    """Returns in so many words why a connection did not come about."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {server} is not trusted: {error.verify_message};"
                " ssl_cafile names the authorities to trust"
            )
        case ssl.SSLError():
            return f"no TLS with {server}: {error.reason or error}"
        case UnsupportedSaslMechanismError():
            return f"{server} takes no login by {settings.sasl_mechanism} (sasl_mechanism)"
        case SaslAuthenticationFailed():
            user, how = settings.sasl_username, settings.sasl_mechanism
            return f"{server} refuses the login of {user} by {how}: {error}"
        case KafkaConnectionError() | ConnectionResetError():
            return (
                f"{server} hangs up on us; is {settings.security_protocol} what it speaks"
                " (security_protocol), and does it want a certificate (ssl_certfile)?"
            )
    return f"no broker answers at {server}"
