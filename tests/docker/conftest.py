"""These tests need a Docker engine, and are the only ones that may do without: skipped, unless CI is set."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what stands in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Makes sure that an engine answers."""
    docker = shutil.which("docker")
    answers = docker and subprocess.run([docker, "info"], capture_output=True, check=False)
    if answers and answers.returncode == 0:
        return
    reason = "no Docker engine answers"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def image() -> str:
    """Gives the image, built from the tree as it is."""
    name = "lead-router"
    subprocess.run(["docker", "build", "--quiet", "--tag", name, "."], cwd=ROOT, check=True)
    return name
