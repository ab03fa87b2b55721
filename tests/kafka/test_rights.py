"""A broker with ACLs: the rights that the README lists are enough, and whichever lacks is told by its name."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka.protocol.admin import CreateAclsRequest
from click.testing import CliRunner

from tests.kafka.checked_up import found
from tests.kafka.worker_process import Worker, caught_up, form, outcomes, produce, running, seen
from topics.catalogue import OUTCOMES, SPINE, catalogue, name_of
from worker.ops.cli import main
from worker.ops.local_broker import Say, jars
from worker.ops.local_broker.java import HOST, JavaBroker, Node
from worker.ops.local_broker.readiness import free_ports
from worker.stream import admin
from worker.stream.settings import Settings, load

PASSWORD = "pass-word-0f-the-worker"
PARTITIONS = 2


class Kind(IntEnum):
    """Kafka's numbers."""

    TOPIC, GROUP, TRANSACTIONAL_ID = 2, 3, 5


class Right(IntEnum):
    """As above."""

    READ, WRITE, DESCRIBE_CONFIGS = 3, 4, 10


ALLOW, DENY = 3, 2
LITERAL, PREFIXED = 3, 4


class Lacking(NamedTuple):
    """A right that a user lacks, to what (a name or, in braces, one of its application), and what is said."""

    kind: Kind
    name: str
    right: Right
    said: str


APPLICATION = "rights-{}"
LACKING = {
    "configs": Lacking(
        Kind.TOPIC,
        SPINE.name,
        Right.DESCRIBE_CONFIGS,
        f"describe the configuration of {SPINE.name} (TOPIC_AUTHORIZATION_FAILED)",
    ),
    "groups": Lacking(
        Kind.GROUP,
        f"{APPLICATION}.lifecycle",
        Right.READ,
        f"use the group {APPLICATION}.lifecycle (GROUP_AUTHORIZATION_FAILED)",
    ),
    "ids": Lacking(
        Kind.TRANSACTIONAL_ID,
        f"{APPLICATION}.accounts-0-b",
        Right.WRITE,
        f"use the transactional id {APPLICATION}.accounts-0-b (TRANSACTIONAL_ID_AUTHORIZATION_FAILED)",
    ),
    "reading": Lacking(
        Kind.TOPIC, SPINE.name, Right.READ, f"read {SPINE.name} (TOPIC_AUTHORIZATION_FAILED)"
    ),
    "relaying": Lacking(
        Kind.TOPIC, SPINE.name, Right.WRITE, f"write to {SPINE.name} (TOPIC_AUTHORIZATION_FAILED)"
    ),
    "telling": Lacking(
        Kind.TOPIC,
        OUTCOMES[0].name,
        Right.WRITE,
        f"write to {OUTCOMES[0].name} (TOPIC_AUTHORIZATION_FAILED)",
    ),
}
USERS = ("anybody", "nobody", *LACKING)


def guarded() -> tuple[Node, int]:
    """Returns a node that asks for ACLs wherever somebody logs in, and where that is."""
    port, controller, secured = free_ports(3, seed=os.getpid() + 2)
    users = " ".join(f'user_{name}="{PASSWORD}"' for name in USERS)
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    more = {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller},SECURED://{HOST}:{secured}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},SECURED://{HOST}:{secured}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_PLAINTEXT",
        "listener.name.secured.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.secured.plain.sasl.jaas.config": f"{login} {users};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    return Node(port, controller, more), secured


class Guarded(NamedTuple):
    """Where a broker with ACLs is, for whoever logs in and for those who need not."""

    secured: str
    open: str

    def free(self, user: str) -> Settings:
        """Returns the settings of an operator who may do anything with the user's installation."""
        application = APPLICATION.format(user)
        return load(bootstrap=self.open, application_id=application, partitions=PARTITIONS)

    def access(self, user: str) -> dict[str, str]:
        return {
            "bootstrap": self.secured,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_username": user,
            "sasl_password": PASSWORD,
            "application_id": APPLICATION.format(user),
            "web_port": "0",
        }

    def environment(self, user: str) -> dict[str, str]:
        return {f"LEAD_ROUTER_{name.upper()}": value for name, value in self.access(user).items()}


@pytest.fixture(scope="module")
def broker(java: None, say: Say) -> Iterator[Guarded]:
    jars.fetch(jars.JARS, say)
    node, secured = guarded()
    broker = JavaBroker(jars.JARS, node)
    try:
        broker.restart()
        yield Guarded(f"{HOST}:{secured}", broker.bootstrap)
    finally:
        broker.close()


async def ruled(free: Settings, user: str, *rules: tuple[Kind, str, int, Right, int]) -> None:
    """Adds ACLs: kind of resource, name, how that is meant, right, and whether it is given or taken."""
    async with admin.admin(free) as client:
        for kind, name, pattern, right, given in rules:
            request = CreateAclsRequest(kind, name, pattern, f"User:{user}", "*", right, given)
            answer = await client._send_request(request)
            assert [error for error, _ in answer.creation_responses] == [0]


async def installed(broker: Guarded, user: str) -> Settings:
    """Makes the topics of a user's installation, and gives it the rights that the README lists."""
    free, own = broker.free(user), f"{APPLICATION.format(user)}."
    await admin.create(free, catalogue(free.application_id))
    topics = [
        (Kind.TOPIC, name, PREFIXED, right, ALLOW) for name in ("leads.", own) for right in Right
    ]
    group = (Kind.GROUP, own, PREFIXED, Right.READ, ALLOW)
    ids = (Kind.TRANSACTIONAL_ID, own, PREFIXED, Right.WRITE, ALLOW)
    await ruled(free, user, *topics, group, ids)

    async def look() -> bool:
        made = await admin.topics_found(free, catalogue(free.application_id))
        return len(made) == len(catalogue())

    await seen(look)
    return free


async def test_the_rights_that_the_readme_lists_are_enough(broker: Guarded, tmp_path: Path) -> None:
    free = await installed(broker, "anybody")
    with running(Worker(free, tmp_path / "log", **broker.environment("anybody"))) as worker:
        await worker.ready()
        await produce(free, "form-submission", "anna", form("anna"))
        await outcomes(free, "status-change", "anna", 1)
        await caught_up(free)
        settings = load(**broker.access("anybody"))
        assert await found(settings) == {}
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    for words in (["topics", "check"], ["lag"]):
        environment = broker.environment("anybody")
        told = await asyncio.to_thread(CliRunner().invoke, main, words, env=environment)
        assert told.exit_code == 0, told.output


@pytest.mark.parametrize("user", LACKING)
async def test_a_right_that_lacks_ends_the_worker_by_name(
    broker: Guarded, tmp_path: Path, user: str
) -> None:
    free, lacking = await installed(broker, user), LACKING[user]
    name = lacking.name.format(user)
    await ruled(free, user, (lacking.kind, name, LITERAL, lacking.right, DENY))
    await produce(free, "form-submission", user, form(user))
    with running(Worker(free, tmp_path / "log", **broker.environment(user))) as worker:
        assert worker.ended() == 3, worker.told()
        assert f"NotAllowed: the brokers do not let us {lacking.said.format(user)}" in worker.told()


@pytest.mark.parametrize("words", ["run", "topics check", "topics apply", "lag"])
def test_topics_that_may_not_be_seen_are_not_missing(broker: Guarded, words: str) -> None:
    told = CliRunner().invoke(main, words.split(), env=broker.environment("nobody"))
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr.startswith("Error: NotAllowed: the brokers do not let us describe ")
    assert name_of("web-visit") in told.stderr
    assert "missing" not in told.stderr


@pytest.mark.parametrize("words", ["run", "topics check", "topics apply"])
async def test_configurations_that_may_not_be_seen_are_told_by_every_command(
    broker: Guarded, words: str
) -> None:
    free, lacking = await installed(broker, "configs"), LACKING["configs"]
    await ruled(free, "configs", (lacking.kind, lacking.name, LITERAL, lacking.right, DENY))
    environment = broker.environment("configs")
    told = await asyncio.to_thread(CliRunner().invoke, main, words.split(), env=environment)
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr == f"Error: NotAllowed: the brokers do not let us {lacking.said}\n"


def test_doctor_says_what_may_not_be_seen(broker: Guarded) -> None:
    seen = asyncio.run(found(load(**broker.access("nobody"))))
    assert list(seen) == ["NotAllowed"]
    assert SPINE.name in seen["NotAllowed"][0]
