"""No word of the policy language is there for one policy alone, and the page that lists them is current."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from tests.house.vocabulary import TWO, page, users, vocabulary
from worker.lifecycle.language.words import SIGNALS, Signal

PAGE = Path("worker/presets/VOCABULARY.md")


def samples(root: Path) -> list[Path]:
    return sorted((root / "tests" / "policies").glob("*.toml"))


def test_every_word_is_used_by_two_policies(root: Path) -> None:
    used = users(samples(root))
    lonely = {word: used.get(word, []) for word in vocabulary() if len(used.get(word, [])) < TWO}
    assert lonely == {}


def test_a_word_that_one_policy_uses_alone_is_found(root: Path) -> None:
    used = users(samples(root)[:1])
    assert any(len(used.get(word, [])) < TWO for word in vocabulary())


def test_policies_say_no_word_that_the_page_lacks(root: Path) -> None:
    known = vocabulary().keys()
    said = set(users(samples(root)))
    assert said - known == set()


def test_every_signal_has_a_meaning() -> None:
    assert tuple(SIGNALS) == get_args(Signal)


def test_the_page_of_words_is_current(root: Path, rewrite: bool) -> None:
    current = page(users(samples(root)))
    if rewrite:
        (root / PAGE).write_text(current, encoding="utf-8")
    assert (root / PAGE).read_text(encoding="utf-8") == current, "pytest tests/house --rewrite"
