"""The jars of a broker, fetched by Maven once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from worker.ops.exits import EnvironmentTrouble
from worker.ops.local_broker.kinds import KAFKA_VERSION, Say

JARS = Path(__file__).parents[3] / ".cache" / "kafka" / KAFKA_VERSION
FETCH_SECONDS = 600
"""Ninety-five jars are 150 MB: a minute on a usual line, ten on a bad one."""


def fetch(folder: Path, say: Say) -> None:
    """Fills the folder; it is there whole or not at all, however often a download is interrupted."""
    if folder.is_dir():
        return
    say("Kafka: fetching its jars with Maven; they are kept, so this happens once")
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    try:
        _copy_dependencies(partial)
        _settle(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy_dependencies(target: Path) -> None:
    fetched = subprocess.run(
        [
            *("mvn", "--quiet", "--batch-mode", "--file", Path(__file__).with_name("pom.xml")),
            *("dependency:copy-dependencies", "-DincludeScope=runtime"),
            *(f"-Dkafka.version={KAFKA_VERSION}", f"-DoutputDirectory={target}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    if fetched.returncode != 0:
        told = "\n".join(fetched.stdout.splitlines()[:10])
        raise EnvironmentTrouble(f"Maven could not fetch Kafka's jars:\n{told}")


def _settle(partial: Path, folder: Path) -> None:
    try:
        partial.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster, with the same jars
            raise
