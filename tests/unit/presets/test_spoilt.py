"""However a policy file is spoilt, it is answered with findings, each on a line of a file."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given, settings
from hypothesis import strategies as st

from worker.presets import NAMES, examined, text_of

WORD = re.compile(r"(?<=\")\w+(?=\")|^\w+(?= =)", re.MULTILINE)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Returns a shipped policy, or one laid over it, with a line or a word of it gone, doubled or exchanged."""
    text = text_of(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 3))):
        pattern = draw(st.sampled_from([WORD, re.compile(r"[^\n]+\n")]))
        places = [found.span() for found in pattern.finditer(text)]
        (begin, end), (other, last) = draw(st.sampled_from(places)), draw(st.sampled_from(places))
        how = draw(st.sampled_from(["gone", "doubled", "exchanged"]))
        said = {"gone": "", "doubled": text[begin:end] * 2, "exchanged": text[other:last]}[how]
        text = text[:begin] + said + text[end:]
    return text


@settings(max_examples=200)
@given(spoilt())
def test_a_spoilt_policy_is_answered_with_findings_that_have_their_line(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spoilt.toml"
        path.write_text(text, encoding="utf-8")
        found = examined(str(path))
    lines = text.count("\n") + 1
    event("usable" if not found.faults else found.faults[0].code)
    assert found.policy is not None or found.faults
    for finding in found.findings:
        assert finding.line is not None
        assert finding.file is not None
        assert finding.file != str(path) or 1 <= finding.line <= lines
