"""What is as good as absent: null and "" in an optional field."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel


def lacking_is_allowed(schema: dict[str, Any]) -> None:
    """Adds to the schema of a model that null and "" in an optional field are as good as nothing."""
    required = schema.get("required", [])
    for name, told in schema["properties"].items():
        if name not in required:
            about = {
                key: told.pop(key) for key in ("title", "description", "default") if key in told
            }
            kinds = [kind for kind in told.get("anyOf", [told]) if kind != {"type": "null"}]
            lacking = {"type": "null"} if {"type": "string"} in kinds else {"enum": [None, ""]}
            schema["properties"][name] = {"anyOf": [*kinds, lacking], **about}


@cache
def _optional(model: type[BaseModel]) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the optional fields of a model, and those of them that null is not the default of."""
    optional = {name: told for name, told in model.model_fields.items() if not told.is_required()}
    never_null = (name for name, told in optional.items() if told.default is not None)
    return frozenset(optional), frozenset(never_null)


def without_lacking(model: type[BaseModel], told: object) -> object:
    """Returns what was told without the optional fields that are "", or null where that is not their default."""
    if isinstance(told, dict):
        values = told.values()
        if "" in values or None in values:
            optional, never_null = _optional(model)
            lacking = {name for name in optional.intersection(told) if told[name] == ""}
            lacking.update(name for name in never_null.intersection(told) if told[name] is None)
            return {name: told[name] for name in told if name not in lacking} if lacking else told
    return told
