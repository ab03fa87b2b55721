"""The policies that are shipped, and the way a policy comes from a file: `load("inside-sales")`, `load("mine.toml")`.

A policy file may say `extends = "NAME"`, a shipped file, and then only what is different (`layers` says how the two are
put together). What travels on the spine and is digested is the whole, never the file. A policy that the checker refuses
is not loaded: whoever starts a worker or a simulation hears everything that `policy check` says.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec

from worker.lifecycle import checker
from worker.lifecycle.language import compiler
from worker.lifecycle.language.findings import unknown
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import Finding, PolicyDocument, PolicyError, parsed
from worker.presets.layers import Layer, Layers, without
from worker.presets.lines import lines_of

NAMES = (
    "inside-sales",
    "hand-raiser",
    "hand-raiser-recycled",
    "profile-first",
    "viable-first",
)
"""The policies of contracts.md section 4, the default first."""

_EXTENSIONS_DEEP = 4
"""How many files may extend each other: enough for a house's own base, and an end to a circle."""
_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class Examined(msgspec.Struct, frozen=True):
    """A policy as far as it could be read: what it says, ready to run where its names mean something, and all findings.

    What is not a `remark` among the findings keeps it from being used.
    """

    document: PolicyDocument | None
    policy: Policy | None
    findings: list[Finding]

    @property
    def faults(self) -> list[Finding]:
        """Returns the findings for which the policy cannot be used."""
        return [finding for finding in self.findings if not finding.remark]


def load(name: str) -> Policy:
    """Loads a shipped policy by name, or one from a file; PolicyError says everything that is wrong with it."""
    found = examined(name, remarks=False)
    if found.policy is None or found.faults:
        raise PolicyError(found.faults)
    return found.policy


def examined(name: str, *, remarks: bool = True) -> Examined:
    """Reads and checks a policy; PolicyError where there is no such file."""
    text = text_of(name)
    try:
        layers = Layers(_layers(name, text, _EXTENSIONS_DEEP))
    except PolicyError as error:
        return Examined(None, None, error.findings)
    document: PolicyDocument | None = None
    policy: Policy | None = None
    findings: list[Finding] = []
    try:
        document, findings = _read(layers)
        findings += checker.findings_of(document, remarks=remarks)
        policy = compiler.compiled(document)
    except PolicyError as error:
        findings += error.findings
    return Examined(document, policy, _in_order(layers, findings))


def _read(layers: Layers) -> tuple[PolicyDocument, list[Finding]]:
    """Returns the document, and the keys in it that there are not; PolicyError where more is wrong with its form."""
    try:
        return parsed(layers.tables), []
    except PolicyError as error:
        if any(finding.code != "unknown_key" for finding in error.findings):
            raise
        paths = [finding.path for finding in error.findings]
        return parsed(without(layers.tables, paths)), error.findings


def text_of(name: str) -> str:
    """Returns the text of a shipped policy or of a file."""
    if name in NAMES:
        return _shipped(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        allowed = ", ".join(NAMES)
        message = f'"{name}" is neither a file that can be read nor one of {allowed}'
        raise PolicyError([Finding((), message, "no_such_policy")]) from fault


def _shipped(name: str) -> str:
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")


def _layers(name: str, text: str, deep: int) -> list[Layer]:
    """Returns the file of a policy with those it extends, the ground first."""
    file = f"{name}.toml" if name in {*NAMES, "shared"} else name
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyError([_no_toml(file, text, str(fault))]) from fault
    lines = lines_of(text)
    ground = tables.pop("extends", None)
    own = Layer(file, tables, lines)
    if ground is None:
        return [own]
    if ground not in (*NAMES, "shared") or not deep:
        message = unknown("shipped policy", str(ground), (*NAMES, "shared"))
        line = lines[("extends",)]
        found = Finding(("extends",), message, "unknown_policy", file=file, line=line)
        raise PolicyError([found])
    return [*_layers(ground, _shipped(ground), deep - 1), own]


def _no_toml(file: str, text: str, fault: str) -> Finding:
    """Says why a text is no TOML, and on which line."""
    at = _LINE.search(fault)
    line = int(at[1]) if at else text.count("\n") + 1
    return Finding((), f"not TOML: {_LINE.sub('', fault)}", "not_toml", file=file, line=line)


def _in_order(layers: Layers, findings: list[Finding]) -> list[Finding]:
    """Returns each finding once, with its file and line, in the order of the lines."""
    located = dict.fromkeys(map(layers.located, findings))
    return sorted(located, key=lambda found: (found.remark, found.file or "", found.line or 0))
