"""What was ever written is read for ever, and written again it says the same: state, spine, account-log, policies."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.account_log import AccountMessage
from schemas.spine import SpineMessage
from tests.contract.freeze_bytes import GOLDEN
from tests.contract.samples import KINDS, meaning
from worker.accounts.records import Kept
from worker.lifecycle.language.compiler import reopened

RELEASES = sorted(GOLDEN.iterdir())
FROZEN = [path for release in RELEASES for path in sorted(release.glob("*.jsonl"))]


def lines(path: Path) -> list[tuple[bytes, Any]]:
    told = [json.loads(line) for line in path.read_text().splitlines()]
    return [(base64.b64decode(one["bytes"]), one["means"]) for one in told]


def still_said(then: Any, now: Any) -> bool:
    """Returns whether everything that was said is said now; fields may have been added."""
    if isinstance(then, dict) and isinstance(now, dict):
        return all(name in now and still_said(one, now[name]) for name, one in then.items())
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(still_said, then, now))
    return type(then) is type(now) and then == now


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_frozen_bytes_say_what_they_said(path: Path) -> None:
    kind = KINDS[path.stem]
    for written, means in lines(path):
        value = kind.read(written)
        assert still_said(means, meaning(value))
        assert meaning(kind.read(kind.write(value))) == meaning(value)


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_said_is_looked_at(path: Path) -> None:
    for _, means in lines(path):
        spoilt = json.loads(json.dumps(means))
        if isinstance(spoilt, list):
            spoilt[0] = "another"
        else:
            spoilt[next(iter(spoilt))] = "another"
        assert not still_said(means, spoilt)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_frozen_policies_open_as_what_they_were(release: Path) -> None:
    frozen = json.loads((release / "policies.json").read_text())
    assert frozen
    for digest, text in frozen.items():
        assert reopened(text).digest == digest


@pytest.mark.parametrize(
    "kind, union", [("spine", SpineMessage), ("account-log", AccountMessage), ("account", Kept)]
)
def test_every_kind_of_message_is_frozen(kind: str, union: Any) -> None:
    frozen = {
        means["class"] for release in RELEASES for _, means in lines(release / f"{kind}.jsonl")
    }
    assert {one.__name__ for one in get_args(union)} <= frozen


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_today_is_what_was_frozen_last(kind: str) -> None:
    """A format that has changed wants a folder of its own: `python -m tests.contract.freeze_bytes NAME`."""
    frozen = {written for path in FROZEN if path.stem == kind for written, _ in lines(path)}
    assert {KINDS[kind].write(value) for value in KINDS[kind].values()} <= frozen
