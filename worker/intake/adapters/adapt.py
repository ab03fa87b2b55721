"""The engine: a vendor's body and its table in, public events out. It knows no vendor."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
import orjson

from worker.intake.adapters.table import Becomes, Ignore, Read, Table, Thing
from worker.intake.items import Fault

REMEMBERED = 4096
"""Combinations of a vendor's words and the rule each one is for; a vendor has a few dozen."""
LONGEST_REMEMBERED = 256
"""Characters of such a combination; longer ones are nobody's vocabulary."""

MOST_THINGS = 10_000
"""Items of one body: within its bytes that leaves 26 for each, fewer than any event has; all of them may be wrong."""


class Adapted(msgspec.Struct, frozen=True):
    """A public event, and what is needed to say where its values were found."""

    kind: str
    event: dict[str, Any]
    paths: dict[str, str]
    """By field: the path that was followed; a field without one is told by the table."""
    thing: Thing
    table: Table

    @property
    def found_at(self) -> dict[str, str]:
        """Where in the item as it was posted each value was found, by field."""
        constant = [name for name in self.event if name not in self.paths and name != "fields"]
        places = {name: _place(self.table, self.thing, path) for name, path in self.paths.items()}
        return {**dict.fromkeys(constant, "the table"), **places}


def things_in(table: Table, body: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """Returns the items of a body: an array's, a page's, or the body itself; raises Fault where there are too many."""
    if table.page and isinstance(body, dict) and isinstance(body.get(table.page), list):
        body = body[table.page]
    things = body if isinstance(body, list) else [body]
    if len(things) > MOST_THINGS:
        raise Fault("json.limits", f"more than {MOST_THINGS} items in an array")
    return things


def adapted(table: Table, thing: Any) -> Adapted | Ignore:  # noqa: ANN401 - any JSON value
    """Returns the public event of one item, or the rule that ignores it; raises Fault where no rule knows it."""
    if not isinstance(thing, dict):
        raise Fault("schema.invalid", "an item should be an object")
    lifted = _lifted(table, thing)
    rule = _rule_for(table, lifted)
    if rule is None:
        raise Fault(
            "schema.invalid", f"{table.kind_path}: no kind that the {table.vendor} table knows"
        )
    return rule if isinstance(rule, Ignore) else _event(table, rule, thing, lifted)


def _lifted(table: Table, thing: Thing) -> Thing:
    inside = thing.get(table.inside) if table.inside else None
    return {**thing, **inside} if isinstance(inside, dict) else thing


def _rule_for(table: Table, thing: Thing) -> Becomes | Ignore | None:
    """Returns the first rule that holds; it hangs on a few words of the item alone, and those come again."""
    words = tuple([word_in(thing) for word_in in _asked(table)])
    if sum(map(len, words)) > LONGEST_REMEMBERED:
        return _rule_of_words.__wrapped__(table, words)
    return _rule_of_words(table, words)


WordIn = Callable[[Thing], str]


@cache
def _paths(table: Table) -> tuple[str, ...]:
    """Returns every path that some rule has a condition on."""
    return tuple(dict.fromkeys(path for rule in table.rules for path in rule.when))


@cache
def _asked(table: Table) -> tuple[WordIn, ...]:
    """Returns what finds the text at each of them."""
    return tuple(map(_word_in, _paths(table)))


def _word_in(path: str) -> WordIn:
    if path.isidentifier():
        return lambda thing: _word(thing.get(path))
    if path.endswith("?"):
        return lambda thing: "" if at(thing, path[:-1]) in _NOTHING else "true"
    among, star, within = path.partition(".*.")
    if not star:
        return lambda thing: _word(at(thing, path))

    def word_of_each(thing: Thing) -> str:
        things = at(thing, among)
        return ",".join(_word(at(one, within)) for one in things) if type(things) is list else ""

    return word_of_each


_NOTHING = (None, "", False)


@lru_cache(maxsize=REMEMBERED)
def _rule_of_words(table: Table, words: tuple[str, ...]) -> Becomes | Ignore | None:
    told = dict(zip(_paths(table), words, strict=True))
    return next((rule for rule in table.rules if _holds(rule, told)), None)


def _holds(rule: Becomes | Ignore, told: dict[str, str]) -> bool:
    return all(_pattern(words).fullmatch(told[path]) for path, words in rule.when.items())


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


def _word(told: object) -> str:
    """Returns what a condition is matched against: text, a number's digits, true or false; else nothing."""
    if isinstance(told, str):
        return told.strip()
    if isinstance(told, bool):
        return str(told).lower()
    return str(told) if isinstance(told, (int, float)) else ""


def at(thing: object, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Returns what lies at a dotted path (a number is a place in an array), None where nothing does."""
    for step in _steps(path):
        if isinstance(thing, dict):
            thing = thing.get(step)
        elif isinstance(thing, list) and step.isdecimal() and int(step) < len(thing):
            thing = thing[int(step)]
        else:
            return None
    return thing


_steps = cache(lambda path: tuple(path.split(".")))


def _event(table: Table, rule: Becomes, thing: Thing, lifted: Thing) -> Adapted:
    told: dict[str, Any] = {"source": table.vendor, **rule.constants}
    paths: dict[str, str] = {}
    for field, how, places in _reads(table, rule):
        for path, found_in in places:
            value = how(found_in(lifted))
            if value is not None and value != "":
                told[field] = value
                paths[field] = path
                break
    told["event_id"], paths["event_id"] = _name(table, thing, lifted)
    if rule.spread:
        fields = told["fields"] = {}
        for key, value, place in rule.spread(lifted):
            if key not in fields:
                fields[key] = value
                paths[f"fields.{key}"] = place
    return Adapted(rule.kind, told, paths, thing, table)


Find = Callable[[Thing], Any]


@cache
def _reads(
    table: Table, rule: Becomes
) -> list[tuple[str, Callable[[Any], Any], list[tuple[str, Find]]]]:
    """Returns what is read of an item under a rule: field, how, and the places where it may be."""
    return [
        (read.field, read.how, [(path, _found_at(path)) for path in read.paths])
        for read in (*table.reads, *rule.reads)
    ]


@cache
def _found_at(path: str) -> Find:
    """Returns what `at` is for one path."""
    return (lambda thing: at(thing, path)) if "." in path else (lambda thing: thing.get(path))


def _read(read: Read, thing: Thing) -> tuple[Any, str]:
    """Returns the first value of a field that says something and its path, else None."""
    for path in read.paths:
        value = read.how(_found_at(path)(thing))
        if value is not None and value != "":
            return value, path
    return None, _WHOLE


def _name(table: Table, thing: Thing, lifted: Thing) -> tuple[Any, str]:
    """Returns the id of an item, and the paths of its parts; what is no text stays for the schema to refuse."""
    name, place = _read(table.named_by[0], lifted)
    if name is None:
        return _digest(thing), _WHOLE
    if isinstance(name, str):
        for read in table.named_by[1:]:
            more, path = _read(read, lifted)
            if isinstance(more, str):
                name, place = f"{name}/{more}", f"{place}{_AND}{path}"
    return name, place


_WHOLE = ""
"""The path of the item itself."""
_AND = " and "
"""Between the paths of a value that was made of several."""


def _place(table: Table, thing: Thing, path: str) -> str:
    """Returns where a path leads in the item as it was posted."""
    if path == _WHOLE:
        return "a digest of the item"
    return _AND.join(_place_of_one(table, thing, one) for one in path.split(_AND))


def _place_of_one(table: Table, thing: Thing, path: str) -> str:
    inside = at(thing, table.inside) if table.inside else None
    lies_inside = isinstance(inside, dict) and path.partition(".")[0] in inside
    return f"{table.inside}.{path}" if lies_inside else path


def _digest(thing: Thing) -> str:
    """Returns an id that the same item has whenever it is posted again."""
    return blake2b(orjson.dumps(thing, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
