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
def _optional(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, told in model.model_fields.items() if not told.is_required())


def without_lacking(model: type[BaseModel], told: object) -> object:
    """Returns what was told without the optional fields that are null or ""."""
    if isinstance(told, dict) and (None in told.values() or "" in told.values()):
        optional = _optional(model)
        return {
            name: value
            for name, value in told.items()
            if not ((value is None or value == "") and name in optional)
        }
    return told
