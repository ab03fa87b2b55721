"""The engine: a vendor's body and its table in, public events out. It knows no vendor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

import orjson

from worker.intake.adapters.table import Becomes, Ignore, Table, Thing
from worker.intake.items import Fault


@dataclass(frozen=True, slots=True)
class Adapted:
    """A public event and, by field, where in the item each value was found."""

    kind: str
    event: dict[str, Any]
    found_at: dict[str, str] = field(default_factory=dict)


def things_in(table: Table, body: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """Returns the items of a body: an array's, a page's, or the body itself."""
    if table.page and isinstance(body, Mapping) and isinstance(body.get(table.page), list):
        body = body[table.page]
    return body if isinstance(body, list) else [body]


def adapted(table: Table, thing: Any) -> Adapted | Ignore:  # noqa: ANN401 - any JSON value
    """Returns the public event of one item, or the rule that ignores it; raises Fault where no rule knows it."""
    if not isinstance(thing, Mapping):
        raise Fault("schema.invalid", "an item should be an object")
    lifted = _lifted(table, thing)
    rule = next((rule for rule in table.rules if _holds(rule, lifted)), None)
    if rule is None:
        raise Fault(
            "schema.invalid", f"{table.kind_path}: no kind that the {table.vendor} table knows"
        )
    return rule if isinstance(rule, Ignore) else _event(table, rule, thing, lifted)


def _lifted(table: Table, thing: Thing) -> Thing:
    inside = thing.get(table.inside) if table.inside else None
    return {**thing, **inside} if isinstance(inside, Mapping) else thing


def _holds(rule: Becomes | Ignore, thing: Thing) -> bool:
    return all(
        _pattern(words).fullmatch(_word(at(thing, path))) for path, words in rule.when.items()
    )


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


def _word(told: object) -> str:
    """Returns what a condition is matched against: text, a number's digits, true or false; else nothing."""
    if isinstance(told, bool):
        return str(told).lower()
    return str(told).strip() if isinstance(told, str | int | float) else ""


def at(thing: object, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Returns what lies at a dotted path (a number is a place in an array), None where nothing does."""
    for step in path.split("."):
        if isinstance(thing, Mapping):
            thing = thing.get(step)
        elif isinstance(thing, list) and step.isdecimal() and int(step) < len(thing):
            thing = thing[int(step)]
        else:
            return None
    return thing


def _event(table: Table, rule: Becomes, thing: Thing, lifted: Thing) -> Adapted:
    told: dict[str, Any] = {"source": table.vendor, **rule.constants}
    found_at = dict.fromkeys(told, "the table")
    for read in (table.event_id, *table.reads, *rule.reads):
        for path in read.paths:
            value = read.how(at(lifted, path))
            if value is not None and value != "":
                told[read.field] = value
                found_at[read.field] = _place(table, thing, path)
                break
    if "event_id" not in told:
        told["event_id"] = _digest(thing)
        found_at["event_id"] = "a digest of the item"
    if rule.spread:
        told["fields"] = {}
        for key, value, place in rule.spread(lifted):
            if key not in told["fields"]:
                told["fields"][key] = value
                found_at[f"fields.{key}"] = _place(table, thing, place)
    return Adapted(rule.kind, told, found_at)


def _place(table: Table, thing: Thing, path: str) -> str:
    """Returns where a path leads in the item as it was posted."""
    inside = at(thing, table.inside) if table.inside else None
    lies_inside = isinstance(inside, Mapping) and path.partition(".")[0] in inside
    return f"{table.inside}.{path}" if lies_inside else path


def _digest(thing: Thing) -> str:
    """Returns an id that the same item has whenever it is posted again."""
    return blake2b(orjson.dumps(thing, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
