"""A broker is found or refused in so many words, its download never half there, its end never forgotten."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.ops.local_broker import jars, local_broker, readiness
from worker.ops.local_broker.guard import Guard


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


PARENT = """
import subprocess, sys, time
from pathlib import Path
from worker.ops.local_broker.guard import Guard
guard = Guard(Path(sys.argv[1]))
guard.watch(subprocess.Popen(["sleep", "60"]).pid)
print("guarded", flush=True)
time.sleep(60)
"""


def test_what_is_guarded_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "data").write_text("")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, home],
        stdout=subprocess.PIPE,
        env=os.environ | {"PATH": "/bin:/usr/bin"},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"guarded\n"
    parent.kill()
    parent.communicate(timeout=10)  # returns when all who share this output have ended
    assert not home.exists()


def test_what_has_ended_is_not_killed_and_a_dismissed_guard_is_gone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/bin:/usr/bin")
        guard = Guard()
    guard.watch(bystander.pid)
    guard.forget()
    guard.close()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


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
