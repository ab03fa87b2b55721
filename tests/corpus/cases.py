"""Reads the corpus: one file is one record, and what has to become of it (README.md has the form)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_MANY = re.compile("«(.*?) ([0-9]+)»", re.DOTALL)
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One record and what has to become of it; `recorded_ms` is None where the broker's own time will do."""

    name: str
    kind: str
    value: bytes | None
    headers: Headers
    recorded_ms: int | None
    strict: bool
    offline: tuple[str, ...] | None
    before: tuple[bytes, ...]
    outcomes: tuple[str, ...] | None
    secrets: tuple[str, ...]
    items: tuple[dict[str, Any], ...]

    @property
    def codes(self) -> list[str]:
        """The codes of its dead letters, in order."""
        return [item["code"] for item in self.items if "code" in item]

    @property
    def offline_codes(self) -> list[str]:
        """The same where no broker says when it was written."""
        return self.codes if self.offline is None else list(self.offline)

    def shown_in(self, text: str) -> list[str]:
        """Returns the secrets that a text shows, in any case, as planted or as the door tidies them."""
        forms = {form.lower() for told in self.secrets for form in (told, told.replace(" ", ""))}
        lower = text.lower()
        return sorted(form for form in forms if form in lower)


def cases() -> list[Case]:
    """Returns the whole corpus, in the order of its names."""
    return [_read(path) for path in sorted(HERE.rglob("*.toml"))]


def milliseconds(told: datetime) -> int:
    """Returns UTC milliseconds since 1970."""
    since = told - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _read(path: Path) -> Case:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    recorded = told.pop("recorded", None)
    outcomes, offline = told.pop("outcomes", None), told.pop("offline", None)
    case = Case(
        name=str(path.relative_to(HERE).with_suffix("")),
        kind=told.pop("kind"),
        value=_bytes(told.pop("value")) if "value" in told else None,
        headers=tuple(_header(*header) for header in told.pop("headers", [])),
        recorded_ms=None if recorded is None else milliseconds(recorded),
        strict=told.pop("strict", False),
        offline=None if offline is None else tuple(offline),
        before=tuple(_bytes(value) for value in told.pop("before", [])),
        outcomes=None if outcomes is None else tuple(outcomes),
        secrets=tuple(told.pop("secrets", [])),
        items=tuple(told.pop("item", [])),
    )
    assert not told, f"{path.name} says what nobody reads: {', '.join(told)}"
    return case


def _header(name: str, value: str | None = None) -> tuple[str, bytes | None]:
    return name, None if value is None else _bytes(value)


def _bytes(told: str) -> bytes:
    """Returns the bytes that a text stands for, as README.md says."""
    repeated = _MANY.sub(lambda found: found[1] * int(found[2]), told)
    return _BYTE.sub(lambda found: bytes([int(found[1], 16)]), repeated.encode())
