"""A cluster that cannot be reached is told with its address and the cause, each server's."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.stream.admin import inspected
from worker.stream.connection import BrokerTrouble, connection
from worker.stream.settings import load

NOBODY = "127.0.0.1:1"
NOBODY_ELSE = "127.0.0.1:2"


async def test_each_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(BrokerTrouble) as trouble:
        await inspected(load(bootstrap=f"{NOBODY},{NOBODY_ELSE}"))
    assert str(trouble.value) == (
        f"no broker answers at {NOBODY}; no broker answers at {NOBODY_ELSE}"
    )


@pytest.mark.parametrize("which", [{"ssl_cafile"}, {"ssl_certfile", "ssl_keyfile"}])
def test_a_file_that_is_no_pem_is_told_of(tmp_path: Path, which: set[str]) -> None:
    file = tmp_path / "file"
    file.write_text("not PEM")
    settings = load(security_protocol="SSL", **dict.fromkeys(which, file))
    with pytest.raises(BrokerTrouble, match=r"PEM files wanted, .* cannot be used: "):
        connection(settings)
