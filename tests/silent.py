"""A tally that keeps nothing, for tests that look at what processors write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Silent:
    """Hears everything and counts nothing."""

    def relayed(self, unknown_fields: int) -> None: ...

    def dead_letter(self, code: str) -> None: ...

    def ignored(self, reason: str) -> None: ...

    def decided(self, verdict: str) -> None: ...

    def published(self, kind: str, value: Mapping[str, Any]) -> None: ...

    def related(self, happened: str, told: int) -> None: ...
