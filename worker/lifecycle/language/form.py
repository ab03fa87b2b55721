"""What is wrong with the form of a policy file, in the words of the language: what was found, and what is allowed.

The types of `parts` and `words` are the grammar. A fault names a place in it; what may stand there is read off the
type of that place, so that no message can promise what the grammar refuses.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from worker.lifecycle.language.findings import Path, meant

Fault = tuple[Path, str, str]
"""Where it stands, the code of the finding, and what is said."""

_KINDS_OF_NUMBER = {"int", "float"}
_SIMPLE: dict[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'a text in quotes, such as "this"',
}


def fault_of(fault: ErrorDetails, grammar: type[BaseModel]) -> Fault:
    """Returns a fault of form in our words."""
    place = tuple(fault["loc"])
    if place[-1] in _KINDS_OF_NUMBER:
        place = place[:-1]
    path, found = _written(place), _shown(fault["input"])
    allowed = _allowed(_types_of(grammar, place))
    match fault["type"]:
        case "extra_forbidden":
            keys = list(_keys(_types_at(grammar, place[:-1])))
            return path, "unknown_key", _no_key(str(place[-1]), keys)
        case "missing":
            return path, "missing_key", f'"{place[-1]}" is missing; write {allowed}'
        case "value_error":
            said = str(fault["ctx"]["error"])
            return path, "wrong_form", said if found in said else f"{found} was found: {said}"
        case "union_tag_not_found" | "union_tag_invalid":
            tags = ", ".join(_tags(_types_at(grammar, place)))
            tag = fault["ctx"].get("tag")
            wrong = '"do" is missing' if tag is None else f'"{tag}" was found'
            return (*path, "do"), "unknown_word", f"{wrong}; write one of {tags}"
        case "string_pattern_mismatch":
            mark = "hyphens" if "-]" in fault["ctx"]["pattern"] else "underscores"
            name = f"a name of lower-case letters, digits and {mark}, a letter first"
            return path, "wrong_form", f"{found} was found; write {name}"
        case kind:
            code = "unknown_word" if kind == "literal_error" else "wrong_form"
            return path, code, f"{found} was found; write {allowed}"


def _no_key(found: str, keys: list[str]) -> str:
    return f'there is no key "{found:.60}" here{meant(found, keys)}; there are {", ".join(keys)}'


def _shown(value: object) -> str:
    """Writes a value that was found, as JSON and not too much of it."""
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - half a line


def _written(place: Path) -> Path:
    """Returns a place as it is in the file, without the steps that only the grammar takes."""
    last = len(place) - 1
    return tuple(
        part
        for at, part in enumerate(place)
        if part != "[key]"
        and not (part == "facts" and 1 < at < last)
        and not (at > 1 and place[at - 2] == "actions")
    )


def _flat(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type, however it is written
    """Yields the types of which a value may be one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for one in get_args(annotation):
            yield from _flat(one)
    elif annotation is not type(None):
        yield annotation


def _types_of(grammar: type[BaseModel], place: Path) -> list[Any]:
    """Returns the types that may stand at a place, or be the key there."""
    if place[-1] != "[key]":
        return _types_at(grammar, place)
    tables = [one for one in _types_at(grammar, place[:-2]) if get_origin(one) is dict]
    return [key for table in tables for key in _flat(get_args(table)[0])]


def _types_at(grammar: type[BaseModel], place: Path) -> list[Any]:
    """Returns the types that may stand at a place of the grammar."""
    found: list[Any] = [grammar]
    for part in place:
        found = [below for one in found for below in _below(one, part)]
    return found


def _below(one: Any, part: str | int) -> Iterator[Any]:  # noqa: ANN401 - a type
    if isinstance(one, type) and issubclass(one, BaseModel):
        names = {field.alias or name: name for name, field in one.model_fields.items()}
        if part in names:
            yield from _flat(one.model_fields[names[part]].annotation)
        elif part in _tags([one]):
            yield one
    elif get_origin(one) is dict:
        yield from _flat(get_args(one)[1])
    elif get_origin(one) is tuple:
        yield from _flat(get_args(one)[0])


def _keys(of: list[Any]) -> Iterator[str]:
    for one in of:
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield from (field.alias or name for name, field in one.model_fields.items())


def _tags(of: list[Any]) -> list[str]:
    """Returns the words by which the tables of a choice are told apart."""
    fields = [one.model_fields.get("do") for one in of if hasattr(one, "model_fields")]
    return [tag for field in fields if field is not None for tag in get_args(field.annotation)]


def _allowed(of: list[Any]) -> str:
    """Says what may stand where one of some types is wanted."""
    if float in of:
        of = [one for one in of if one is not int]
    return " or ".join(dict.fromkeys(map(_described, of))) or "something else"


def _described(one: Any) -> str:  # noqa: ANN401 - a type
    origin = get_origin(one)
    if origin is Literal:
        return f"one of {', '.join(map(str, get_args(one)))}"
    if origin is tuple:
        return f"a list, each {_allowed(list(_flat(get_args(one)[0])))}"
    if origin is dict:
        return "a table"
    if isinstance(one, type) and issubclass(one, BaseModel):
        return f"a table of {', '.join(_keys([one]))}"
    return _SIMPLE.get(one, "something else")
