"""One defect per policy file: the first line is what is said of it, and the line with `# here` is where.

A first line may end in "..." where what is allowed is a long list that grows with the language.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.lifecycle.checker import CHECKS
from worker.lifecycle.checker.subject import Subject
from worker.presets import NAMES, examined

HERE = Path(__file__).parent
POLICIES = sorted(HERE.glob("*.toml"))
WORKER = HERE.parents[1] / "worker"

FAULTS_OF_FORM = {"unknown_key", "unknown_word", "missing_key", "wrong_form"}
"""The codes of `form`, which gives them as words."""
NOT_IN_A_FILE = {"no_such_policy"}
REMARKS = {"lost_detail", "order_matters"}


def codes(source: str) -> Iterator[str]:
    """Yields the code of each finding that some source makes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="Finding"), args=[_, _, ast.Constant(value=str(code))]):
                yield code


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_defect_is_found_where_it_stands(path: Path) -> None:
    text = path.read_text(encoding="utf-8").splitlines()
    (line,) = [number for number, found in enumerate(text, start=1) if "# here" in found]
    (found,) = examined(str(path)).faults
    told = f"# {found.code}: {found.message}"
    assert told == text[0] or (text[0].endswith(" ...") and told.startswith(text[0][:-3]))
    assert (found.file, found.line) == (str(path), line)


def test_every_code_has_a_policy_that_is_refused_for_it() -> None:
    sources = [*WORKER.glob("lifecycle/**/*.py"), *WORKER.glob("presets/*.py")]
    known = {code for path in sources for code in codes(path.read_text(encoding="utf-8"))}
    shown = {path.read_text(encoding="utf-8")[2:].partition(":")[0] for path in POLICIES}
    assert shown == (known | FAULTS_OF_FORM) - NOT_IN_A_FILE - REMARKS


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_policy_is_not_refused(name: str) -> None:
    assert examined(name).faults == []


def test_each_check_is_seen_to_find_something() -> None:
    silent = {check.__name__ for check in CHECKS}
    for path in POLICIES:
        document = examined(str(path)).document
        if document is not None:
            subject = Subject(document)
            silent -= {check.__name__ for check in CHECKS if any(check(subject))}
    assert silent == set()
