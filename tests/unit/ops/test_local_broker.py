"""A broker is found or refused in so many words, its download never half there, its end never forgotten."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.ops.local_broker import jars, java, local_broker, readiness


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sets a machine without Docker, Java and Maven."""
    monkeypatch.delenv("LEAD_ROUTER_BOOTSTRAP", raising=False)
    monkeypatch.delenv("LEAD_ROUTER_BROKER", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine")
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_given_broker_is_taken_and_named(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", "kafka.example:9092")
    with local_broker(said.append) as broker:
        assert broker.bootstrap == "kafka.example:9092"
    assert said == ["Kafka: kafka.example:9092, given by LEAD_ROUTER_BOOTSTRAP"]


def test_where_nothing_can_run_the_error_names_what_to_install(said: list[str]) -> None:
    with pytest.raises(EnvironmentTrouble, match=r"(?s)no engine answers.*not found: java"):
        local_broker(said.append).__enter__()


def test_a_forced_kind_leaves_no_other_way(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setenv("LEAD_ROUTER_BROKER", "docker")
    with pytest.raises(EnvironmentTrouble, match="LEAD_ROUTER_BROKER=docker rules it out"):
        local_broker(said.append).__enter__()


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setenv("LEAD_ROUTER_BROKER", "redpanda")
    with pytest.raises(BadInput, match="'redpanda'; it may be docker or java"):
        local_broker(said.append).__enter__()


def fake_maven(folder: Path, script: str) -> None:
    """Puts an `mvn` on the PATH that takes its target from the last argument."""
    maven = folder / "mvn"
    maven.write_text(f'#!/bin/sh\nfor last; do :; done; target="${{last#*=}}"\n{script}\n')
    maven.chmod(0o755)


def test_an_interrupted_download_leaves_nothing(tmp_path: Path, said: list[str]) -> None:
    fake_maven(tmp_path, '/bin/mkdir "$target"; : >"$target/half.jar"; echo no network; exit 1')
    with pytest.raises(EnvironmentTrouble, match="no network"):
        jars.fetch(tmp_path / "libs", said.append)
    assert [path.name for path in tmp_path.iterdir()] == ["mvn"]


def test_a_finished_download_is_kept_and_not_repeated(tmp_path: Path, said: list[str]) -> None:
    fake_maven(tmp_path, '/bin/mkdir "$target"; : >"$target/whole.jar"')
    jars.fetch(tmp_path / "libs", said.append)
    jars.fetch(tmp_path / "libs", said.append)
    assert [path.name for path in (tmp_path / "libs").iterdir()] == ["whole.jar"]
    assert len(said) == 1


def test_the_guard_ends_the_broker_and_its_folder_when_we_are_gone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    broker = subprocess.Popen(["/bin/sleep", "60"])
    guard = subprocess.Popen(
        ["/bin/sh", "-c", f"PATH=/bin:/usr/bin\n{java.GUARD}", home],
        stdin=subprocess.PIPE,
        text=True,
    )
    guard.communicate(f"{broker.pid}\n")  # closes its input, as our death would
    assert broker.wait() == -signal.SIGKILL
    assert not home.exists()


def test_who_accepts_but_does_not_speak_kafka_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        stranger = threading.Thread(target=hang_up)
        stranger.start()
        assert not readiness.is_ready(*server.getsockname())
        stranger.join()


def test_neighbours_are_offered_different_ports() -> None:
    assert not set(readiness.free_ports(2, seed=7)) & set(readiness.free_ports(2, seed=8))
