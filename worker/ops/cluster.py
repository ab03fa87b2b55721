"""What commands that need a cluster share: the settings in force, and how trouble ends a command."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from worker.lane.errors import LaneError
from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.stream import logs
from worker.stream.connection import BrokerTrouble
from worker.stream.reader import NoSuchTopic
from worker.stream.settings import Settings, SettingsError, load

T = TypeVar("T")


def settings_in_force() -> Settings:
    """Returns the settings; BadInput says what is wrong with them."""
    try:
        return load()
    except SettingsError as error:
        raise BadInput(str(error)) from None


def answer_of(question: Coroutine[Any, Any, T]) -> T:
    """Runs what asks the cluster, and ends the command with one sentence where it cannot be asked."""
    logs.silence()
    try:
        return asyncio.run(question)
    except NoSuchTopic as error:
        raise BadInput(f"no such topic: {error}") from None
    except BrokerTrouble as error:
        raise EnvironmentTrouble(str(error)) from None
    except LaneError as error:
        raise EnvironmentTrouble(f"{type(error).__name__}: {error}") from None
