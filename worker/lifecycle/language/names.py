"""What the names in a policy stand for: the teams that play each part, and the statuses that are enabled."""

from __future__ import annotations

from collections.abc import Iterable

from worker.lifecycle.calendar import span_of
from worker.lifecycle.language.findings import Finding, Path, unknown
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import ANYWHERE, NEW


class Names:
    """Resolves the names of one document, and collects those that mean nothing."""

    def __init__(self, document: PolicyDocument) -> None:
        self.findings: list[Finding] = []
        self._parts = document.teams
        self._statuses = document.status
        self._everywhere = frozenset((NEW, *document.status))
        self.instead = instead_of(document)
        for name in document.disabled:
            if name not in document.status:
                self._no_status(("disabled", name), name)

    def team(self, part: str) -> str:
        """Returns the team that plays a part; a part nobody plays is played by itself."""
        return self._parts.get(part, part)  # type: ignore[call-overload, no-any-return]

    def teams(self, parts: Iterable[str]) -> frozenset[str]:
        """Returns the teams that play some parts."""
        return frozenset(map(self.team, parts))

    def places(self, path: Path, names: tuple[str, ...]) -> frozenset[str]:
        """Returns where a lead may be, `new` included."""
        if names == (ANYWHERE,):
            return self._everywhere
        for name in names:
            if name not in self._everywhere:
                self._no_status((*path, name), name)
        return frozenset(names)

    def target(self, path: Path, name: str) -> str:
        """Returns the status that a change to `name` leads to, which is another one where that is disabled."""
        if name not in self._statuses:
            self._no_status(path, name)
        elif name not in self.instead:
            message = f'"{name}" is disabled, and no enabled status comes after it; lead elsewhere, or enable one'
            self.findings.append(Finding(path, message, "disabled_status"))
        return self.instead.get(name, name)

    def redirected(self) -> dict[str, str]:
        """Returns where leads go from the statuses that are disabled."""
        return {name: to for name, to in self.instead.items() if name != to}

    def _no_status(self, path: Path, name: str) -> None:
        message = unknown("status", name, self._statuses)
        self.findings.append(Finding(path, message, "unknown_status"))

    def fixed(self, path: Path, text: str | None) -> int | None:
        """Returns the milliseconds of a span that has the same length whenever it begins."""
        if text is None:
            return None
        length = span_of(text).milliseconds
        if not length:
            message = "months differ in length: write days here"
            self.findings.append(Finding(path, message, "months_not_fixed"))
        return length


def instead_of(document: PolicyDocument) -> dict[str, str]:
    """Returns where a change to each status leads: there, or to the next enabled one of the table."""
    found: dict[str, str] = {}
    following: str | None = None
    for name in reversed(document.status):
        following = following if name in document.disabled else name
        if following is not None:
            found[name] = following
    return found
