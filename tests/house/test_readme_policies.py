"""The README draws the shipped policies as they are."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from worker.ops import picture
from worker.ops.cli import main
from worker.presets import NAMES, examined, text_of

REGION = re.compile(r"(<!-- policies -->\n).*?(<!-- /policies -->)", re.DOTALL)


def test_the_readme_draws_the_shipped_policies(root: Path, rewrite: bool) -> None:
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    sections = "\n".join(map(_section, NAMES))
    current = REGION.sub(lambda found: f"{found[1]}{sections}{found[2]}", text)
    if rewrite:
        readme.write_text(current, encoding="utf-8")
    assert text == current or rewrite, "pytest tests/house --rewrite"


def _section(name: str) -> str:
    """Returns the story on top of a policy, a link to its file, and its picture."""
    first, second, *_ = text_of(name).splitlines()
    story = "\n".join(line.removeprefix("# ") for line in (first, second))
    document = examined(name, remarks=False).document
    assert document is not None
    drawn = picture.of(document).mermaid()
    link = f"[{name}.toml](worker/presets/{name}.toml)"
    return f"#### `{name}`\n\n{story}\n\n{link}\n\n```mermaid\n{drawn}```\n"


def test_the_policy_that_the_readme_tells_how_to_write_is_one(root: Path, tmp_path: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    told = CliRunner().invoke(main, ["policy", "check", str(mine)])
    assert told.exit_code == 0, told.output
