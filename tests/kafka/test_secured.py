"""A broker that wants TLS and a login: everything goes through, or a sentence says what is in the way."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.kafka.worker_process import Worker, caught_up, form, outcomes, running, value_of
from topics.catalogue import name_of
from worker.ops.cli import main
from worker.ops.local_broker import Say, jars
from worker.ops.local_broker.java import HOST, JavaBroker
from worker.ops.local_broker.readiness import free_ports
from worker.stream.settings import Settings, load
from worker.stream.writer import producer

USER = "worker"
PASSWORD = "pass-word-0f-the-worker"
WRONG_PASSWORD = "an0ther-pass-word"
KEYSTORE_PASSWORD = "keystore"

SECURED = """
listeners={listeners},SECURED://{host}:{port}
advertised.listeners={advertised},SECURED://{host}:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL
ssl.keystore.location={keystore}
ssl.keystore.password={keystore_password}
listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secured.plain.sasl.jaas.config=\\
  org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
"""


def keytool(folder: Path, *words: str) -> None:
    """Runs the tool that comes with every Java, on the broker's keystore."""
    store = ("-keystore", "broker.p12", "-storepass", KEYSTORE_PASSWORD, "-alias", "broker")
    subprocess.run(["keytool", *words, *store], cwd=folder, check=True, capture_output=True)


@dataclass(frozen=True)
class Identity:
    """A certificate that the broker signed itself, for its address and no name; PKCS 12 and PEM."""

    keystore: Path
    certificate: Path

    @classmethod
    def made_in(cls, folder: Path) -> Identity:
        keytool(
            folder,
            *("-genkeypair", "-keyalg", "EC", "-dname", "CN=broker", "-validity", "2"),
            *("-ext", f"san=ip:{HOST}"),
        )
        keytool(folder, "-exportcert", "-rfc", "-file", "broker.pem")
        return cls(folder / "broker.p12", folder / "broker.pem")


class SecuredBroker(JavaBroker):
    """A broker with one more listener, for those who trust its certificate and know the password."""

    def __init__(self, libraries: Path, identity: Identity) -> None:
        self.identity = identity
        (self.secured_port,) = free_ports(1, seed=os.getpid() + 1)
        super().__init__(libraries)

    def _format(self, *also: str) -> None:
        """Adds the listener and its user before anything starts."""
        settings = self._settings.read_text()
        listeners, advertised = (
            re.search(f"^{name}=(.+)$", settings, re.MULTILINE)
            for name in ("listeners", "advertised.listeners")
        )
        assert listeners is not None
        assert advertised is not None
        secured = SECURED.format(
            listeners=listeners[1],
            advertised=advertised[1],
            host=HOST,
            port=self.secured_port,
            keystore=self.identity.keystore,
            keystore_password=KEYSTORE_PASSWORD,
            user=USER,
            password=PASSWORD,
        )
        self._settings.write_text(settings + secured)
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        super()._format("--add-scram", scram, *also)


@contextmanager
def started(broker: SecuredBroker) -> Iterator[SecuredBroker]:
    try:
        broker.restart()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="module")
def broker(
    java: None, say: Say, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecuredBroker]:
    """Gives the broker, with the topics that `topics apply` creates over its secured listener."""
    jars.fetch(jars.JARS, say)
    identity = Identity.made_in(tmp_path_factory.mktemp("identity"))
    with started(SecuredBroker(jars.JARS, identity)) as broker:
        created = ran(access(broker), "topics", "apply")
        assert created.exit_code == 0, created.output
        assert f"created {name_of('activity')}" in created.output
        yield broker


def access(broker: SecuredBroker, **other: str | None) -> dict[str, str]:
    """Returns the settings of somebody who may come in, but for the other ones; None leaves one out."""
    settings = {
        "bootstrap": f"{HOST}:{broker.secured_port}",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": USER,
        "sasl_password": PASSWORD,
        "ssl_cafile": str(broker.identity.certificate),
        "application_id": "secured",
        "web_port": "0",
        "log_level": "debug",
    }
    return {name: value for name, value in (settings | other).items() if value is not None}


def environment(settings: dict[str, str]) -> dict[str, str]:
    return {f"LEAD_ROUTER_{name.upper()}": value for name, value in settings.items()}


def ran(settings: dict[str, str], *words: str) -> Result:
    """Returns what a command says and how it ends; nobody's password is ever among it."""
    told = CliRunner().invoke(main, words, env=environment(settings))
    assert PASSWORD not in told.output
    assert WRONG_PASSWORD not in told.output
    return told


async def sent(settings: Settings, lead_id: str) -> None:
    async with producer(settings) as client:
        await client.send_and_wait(name_of("form-submission"), form(lead_id), key=lead_id.encode())


async def test_a_lead_goes_through_from_end_to_end(broker: SecuredBroker, tmp_path: Path) -> None:
    chosen, lead_id = access(broker), f"lead-{secrets.token_hex(4)}"
    settings = load(**chosen)
    with running(Worker(settings, tmp_path / "log", **environment(chosen))) as worker:
        await sent(settings, lead_id)
        (change,) = await outcomes(settings, "status-change", lead_id, 1)
        await caught_up(settings)
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    assert value_of(change)["to_status"] == "mql"
    assert PASSWORD not in worker.told()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_who_knows_the_password_may_look(broker: SecuredBroker, mechanism: str) -> None:
    settings = access(broker, sasl_mechanism=mechanism)
    assert ran(settings, "topics", "check").output == "every topic is in place\n"
    assert ran(settings, "topics", "read", name_of("web-visit")).exit_code == 0
    behind = ran(settings, "lag")
    assert behind.exit_code == 0
    assert "secured.lifecycle: 0 messages, 0.0 s" in behind.output.splitlines()


HINDRANCES: dict[str, tuple[dict[str, str | None], str]] = {
    "another password": (
        {"sasl_password": WRONG_PASSWORD},
        "refuses the login of worker by SCRAM-SHA-512: ",
    ),
    "another password, said plainly": (
        {"sasl_password": WRONG_PASSWORD, "sasl_mechanism": "PLAIN"},
        "refuses the login of worker by PLAIN: ",
    ),
    "another user": ({"sasl_username": "nobody"}, "refuses the login of nobody by SCRAM-SHA-512: "),
    "another mechanism": (
        {"sasl_mechanism": "SCRAM-SHA-256"},
        "takes no login by SCRAM-SHA-256 (sasl_mechanism)",
    ),
    "a certificate of an unknown authority": (
        {"ssl_cafile": None},
        "is not trusted: self-signed certificate; ssl_cafile names the authorities to trust",
    ),
    "no TLS": ({"security_protocol": "SASL_PLAINTEXT"}, "is SASL_PLAINTEXT what it speaks"),
    "no login": ({"security_protocol": "SSL"}, "is SSL what it speaks"),
}


@pytest.mark.parametrize("other, sentence", HINDRANCES.values(), ids=HINDRANCES)
def test_who_may_not_come_in_is_told_why(
    broker: SecuredBroker, other: dict[str, str | None], sentence: str
) -> None:
    told = ran(access(broker, **other), "topics", "check")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr.startswith("Error: ")
    assert told.stderr.count("\n") == 1
    assert f"{HOST}:{broker.secured_port}" in told.stderr
    assert sentence in told.stderr


@pytest.mark.parametrize("hindrance", ["another password", "a certificate of an unknown authority"])
def test_a_worker_that_may_not_come_in_says_why(broker: SecuredBroker, hindrance: str) -> None:
    other, sentence = HINDRANCES[hindrance]
    told = ran(access(broker, **other), "run")
    assert told.exit_code == 3
    assert sentence in told.stderr


def test_a_certificate_for_another_name_is_not_trusted(broker: SecuredBroker) -> None:
    told = ran(access(broker, bootstrap=f"localhost:{broker.secured_port}"), "lag")
    assert told.exit_code == 3
    assert "certificate is not valid for 'localhost'" in told.stderr


def test_tls_with_a_listener_that_speaks_none_is_told(broker: SecuredBroker) -> None:
    told = ran(access(broker, bootstrap=broker.bootstrap), "topics", "apply")
    assert told.exit_code == 3
    assert f"{broker.bootstrap} hangs up on us; is SASL_SSL what it speaks" in told.stderr
