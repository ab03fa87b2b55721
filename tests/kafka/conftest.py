"""One real broker for the whole run, and names that no other test or run uses."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.ops.local_broker import OwnBroker, Say, local_broker, own_broker
from worker.ops.local_broker.java import hindrance

NAME_LENGTH = 80
"""An application id may have 100 characters, a random tail included."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what stands in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Gives the way to put a line on the screen, past pytest's capture."""
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    return lambda line: reporter.write_line(line) if reporter else None


@pytest.fixture(scope="session")
def kafka(say: Say) -> Iterator[str]:
    """Gives the bootstrap servers of a Kafka; a run that can get none fails."""
    with local_broker(say) as broker:
        yield broker.bootstrap


@pytest.fixture
def broker_to_kill(say: Say) -> Iterator[OwnBroker]:
    """Gives a broker of the test's own."""
    with own_broker(say) as broker:
        yield broker


@pytest.fixture(scope="session")
def java() -> None:
    """Makes sure that a broker can be started with Java, for tests that look at that kind alone."""
    if (reason := hindrance()) is None:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def application_id(request: pytest.FixtureRequest) -> str:
    """Gives an application id of this test's own; its topics and groups begin with it."""
    test = re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name).strip("-")
    return f"{test[:NAME_LENGTH]}-{secrets.token_hex(4)}"


@pytest.fixture
def other(tmp_path: Path) -> str:
    """Gives a policy that decides as `inside-sales` does, and is another one."""
    file = tmp_path / "other.toml"
    file.write_text('extends = "inside-sales"\nversion = "other"\n')
    return str(file)


@pytest.fixture
def topic(application_id: str) -> str:
    """Gives the name of a topic that does not exist yet."""
    return f"{application_id}.topic"
