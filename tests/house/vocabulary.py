"""The words of the policy language, which policies use each, and the page that says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from typing import get_args

from worker.lifecycle.language import parts, words
from worker.lifecycle.language.asking import KINDS
from worker.lifecycle.language.facts import FACTS
from worker.lifecycle.language.policy import PolicyDocument
from worker.presets import NAMES, load

Word = tuple[str, str]
"""What kind of word, and the word: `("fact", "country")`, `("Leg", "closes")`."""

CONDITIONS = {
    "any": "one of these conditions holds",
    "all": "all of these conditions hold",
    "not": "these conditions do not hold together",
    "at_least": "the number is reached",
    "below": "the number is not reached",
    "known": "something, or nothing, is known of it",
    "all_of": "all of these names are there",
    "true or false": "it is so, or it is not",
    "a number": "it is this number",
    "a text": "it is this, or this is among it",
    "a list": "it is one of these",
}
_MATCHERS = {bool: "true or false", int: "a number", str: "a text", tuple: "a list"}
_CLOSED: dict[type[words.Part], str] = {
    parts.Counter: "since",
    parts.Cap: "per",
    parts.Forgets: "what",
    parts.CreateOpportunity: "do",
    parts.CreateAccount: "do",
    parts.AttachContact: "do",
    parts.Review: "do",
}
"""Parts with a key whose values are words of the language too."""
_OF_SIGNALS = {"on", "since", "until", "of"}
NOT_DIGESTED = {"story"}
"""Keys that a policy does not carry with it."""
TWO = 2
OPENING = """\
# The words of a policy

Written by `pytest tests/house --rewrite` from the code, the shipped policies and the sample policies of the tests.
A word that fewer than two of them use would be there for one company alone; a test refuses it.
"""


def parts_of_a_policy() -> list[type[words.Part]]:
    """Returns the tables a policy is made of, in the order of the code, conditions apart."""
    tables = [
        part
        for part in vars(parts).values()
        if isinstance(part, type)
        and issubclass(part, words.Part)
        and part.__module__ == parts.__name__
    ]
    return [PolicyDocument, *tables]


def _own_keys(part: type[words.Part]) -> dict[str, str]:
    """Returns the keys that a part does not have from another one, as files say them, by the name of the field."""
    above = {name for one in part.__mro__[1:] for name in getattr(one, "model_fields", {})}
    fields = part.model_fields.items()
    return {name: field.alias or name for name, field in fields if name not in above | NOT_DIGESTED}


def vocabulary() -> dict[Word, str]:
    """Returns every word there is, with what it means."""
    meanings: dict[Word, str] = {("fact", name): fact.meaning for name, fact in FACTS.items()}
    meanings |= {("condition", name): meaning for name, meaning in CONDITIONS.items()}
    meanings |= {("signal", name): meaning for name, meaning in words.SIGNALS.items()}
    for part in parts_of_a_policy():
        meaning = _meaning_of(part)
        meanings |= {(part.__name__, key): meaning for key in _own_keys(part).values()}
    for part, key in _CLOSED.items():
        values = get_args(part.model_fields[key].annotation)
        meanings |= {(part.__name__, f'{key} = "{value}"'): _meaning_of(part) for value in values}
    return meanings


def words_of(document: PolicyDocument) -> set[Word]:
    """Returns the words that a policy says."""
    own = document.trait.keys() | document.counter.keys()
    return {word for word in _said(document) if word[0] != "fact" or word[1] not in own}


def _said(value: object) -> Iterator[Word]:
    match value:
        case words.When():
            yield from _conditions(value)
        case words.Part():
            yield from _of_part(value)
        case dict():
            for inner in value.values():
                yield from _said(inner)
        case tuple():
            for inner in value:
                yield from _said(inner)


def _of_part(part: words.Part) -> Iterator[Word]:
    for kind in type(part).__mro__:
        if not issubclass(kind, words.Part):
            continue
        for name, key in _own_keys(kind).items():
            found = getattr(part, name)
            if _CLOSED.get(kind) == key:
                yield kind.__name__, f'{key} = "{found}"'
            if name in part.model_fields_set:
                yield kind.__name__, key
                yield from _signals(key, found)
                yield from _said(found)


def _signals(key: str, found: object) -> Iterator[Word]:
    if key in _OF_SIGNALS:
        named = found if isinstance(found, tuple) else (found,)
        yield from (("signal", signal) for signal in named if signal in words.SIGNALS)


def _conditions(when: words.When) -> Iterator[Word]:
    for name, matcher in when.facts.items():
        yield "fact", name
        if isinstance(matcher, words.Part):
            yield "condition", next(iter(type(matcher).model_fields))
        else:
            yield "condition", _MATCHERS[type(matcher)]
    for joined, inner in (("any", when.any), ("all", when.all), ("not", when.not_)):
        if inner:
            yield "condition", joined
            yield from _said(inner)


def users(samples: list[Path]) -> dict[Word, list[str]]:
    """Returns the files that use each word, the shipped ones first; one that extends another is one with it."""
    found: dict[Word, dict[str, str]] = defaultdict(dict)
    for name in (*NAMES, *map(str, samples)):
        house = Path(name).stem.removesuffix("-recycled")
        file = f"{name}.toml" if name in NAMES else f"../../tests/policies/{Path(name).name}"
        for word in words_of(PolicyDocument.model_validate_json(load(name).text)):
            found[word].setdefault(house, file)
    return {word: list(files.values()) for word, files in found.items()}


def page(used: dict[Word, list[str]]) -> str:
    """Writes the page: facts, conditions, signals, parts."""
    lines = [OPENING, "## Facts", ""]
    lines += _table("fact", "about", "means", "used by")
    for name, fact in FACTS.items():
        lines.append(_row(f"`{name}`", fact.about, fact.meaning, _links(used, ("fact", name))))
    lines += [
        "",
        "A counter and a trait of the policy's own are facts too.",
        "",
        "## Conditions",
        "",
    ]
    lines += ["What a fact may be held against:", ""]
    for held in dict.fromkeys(fact.kind for fact in FACTS.values()):
        named = ", ".join(f"`{name}`" for name, fact in FACTS.items() if fact.kind == held)
        lines.append(f"- {named}: {KINDS[held]}.")
    lines += ["", *_simple("condition", used), "", "## Signals", "", *_simple("signal", used)]
    lines += ["", "## Parts", "", *_table("part", "key", "used by")]
    for kind, word in vocabulary():
        if kind not in {"fact", "condition", "signal"}:
            lines.append(_row(kind, f"`{word}`", _links(used, (kind, word))))
    lines += ["", *(f"- {part.__name__}: {_meaning_of(part)}" for part in parts_of_a_policy())]
    return "\n".join(lines) + "\n"


def _meaning_of(part: type[words.Part]) -> str:
    return " ".join((getdoc(part) or "").split())


def _simple(kind: str, used: dict[Word, list[str]]) -> list[str]:
    rows = [
        _row(f"`{word[1]}`", meaning, _links(used, word))
        for word, meaning in vocabulary().items()
        if word[0] == kind
    ]
    return [*_table(kind, "means", "used by"), *rows]


def _links(used: dict[Word, list[str]], word: Word) -> str:
    return ", ".join(f"[{Path(file).stem}]({file})" for file in used.get(word, [])[:TWO])


def _table(*names: str) -> list[str]:
    return [_row(*names), _row(*("---" for _ in names))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
