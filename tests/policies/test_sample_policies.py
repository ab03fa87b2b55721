"""Companies that nobody here works for, said in the language of policies: their stories come out as written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.ops.policy import command
from worker.ops.story import read_story

HERE = Path(__file__).parent
POLICIES = sorted(HERE.glob("*.toml"))
STORIES = sorted(HERE.glob("*/*.txt"))


def policy_of(story: Path) -> Path:
    """Returns the policy that a story is told under."""
    return story.parent.with_suffix(".toml")


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_story_is_told_as_written(path: Path, rewrite: bool) -> None:
    story = read_story(path, str(policy_of(path)))
    if rewrite:
        path.write_text(story.told, encoding="utf-8")
    assert story.told.splitlines() == path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_an_author_tells_the_stories_of_a_policy(policy: Path) -> None:
    stories = [str(path) for path in STORIES if policy_of(path) == policy]
    assert stories
    told = CliRunner().invoke(command, ["test", *stories, "--policy", str(policy)])
    assert told.exit_code == 0, told.output
    assert told.output.count("as written") == len(stories)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_a_sample_policy_can_be_used(policy: Path) -> None:
    checked = CliRunner().invoke(command, ["check", str(policy)])
    assert checked.exit_code == 0, checked.output
