"""The image is small, runs as nobody in particular, and holds what the worker needs and no more."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import version

LARGEST_ADDED_MB = 100
"""Libraries and code, without the Python underneath; 62 when this was written."""


def ran(
    image: str, *words: str, entrypoint: str = "lead-router"
) -> subprocess.CompletedProcess[str]:
    """Returns what a container of the image said and how it ended."""
    return subprocess.run(
        ["docker", "run", "--rm", "--entrypoint", entrypoint, image, *words],
        check=False,
        capture_output=True,
        text=True,
    )


def size_of(image: str) -> int:
    """Returns an image's size, bytes."""
    told = subprocess.run(
        ["docker", "image", "inspect", image], check=True, capture_output=True, text=True
    ).stdout
    return int(json.loads(told)[0]["Size"])


def test_it_is_the_version_of_the_tree(image: str) -> None:
    assert ran(image, "--version").stdout == f"lead-router, version {version('lead-router')}\n"


def test_it_runs_as_a_user_without_rights(image: str) -> None:
    assert ran(image, "-u", entrypoint="id").stdout == "10001\n"
    assert ran(image, "-c", "touch /opt/lead-router/x", entrypoint="sh").returncode != 0


def test_a_worker_without_a_broker_says_so(image: str) -> None:
    worker = ran(image, "run")
    assert worker.returncode == 3
    assert "127.0.0.1:9092" in worker.stderr


def test_it_is_small(image: str) -> None:
    added = size_of(image) - size_of("python:3.11-slim")
    assert added < LARGEST_ADDED_MB * 1_000_000
