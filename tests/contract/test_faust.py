"""What the worker relies upon in Faust and mode beyond their documentation; a new version is read again."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

import faust
import mode
import pytest
from faust.app import BootStrategy

RELIED_UPON: dict[str, tuple[Callable[..., Any], str]] = {
    "no Kafka client is started": (BootStrategy.server, "97e47ea1dec34b55"),
    "services are started without waiting for tables": (faust.App.on_started, "c03627f2dc44a1dd"),
    "starting makes final, and makes a consumer": (faust.App.on_start, "480d70c6c72d042d"),
    "the first start makes directories only": (faust.App.on_first_start, "ec655d9c223403cc"),
    "a crash ends as an exit status": (mode.Worker.execute_from_commandline, "212e98f635d7a69b"),
    "a signal stops the worker": (mode.Worker._stop_on_signal, "beff8fabfeb1e1e3"),
    "stopping twice is stopping once": (mode.Service.stop, "e17cd2b6bd01e861"),
}
"""What for -> the function, and the digest of its source."""


@pytest.mark.parametrize("what", RELIED_UPON)
def test_it_is_as_it_was_read(what: str) -> None:
    function, digest = RELIED_UPON[what]
    source = inspect.getsource(function)
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == digest, source
