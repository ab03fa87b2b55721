"""The models as JSON Schema, for those who are not Python; frozen under `v1/`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

import schemas


def json_schema(kind: str) -> dict[str, Any]:
    """Returns the JSON Schema (2020-12) of an event or outcome type."""
    model: type[BaseModel] = getattr(schemas, {**schemas.EVENTS, **schemas.OUTCOMES}[kind])
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"leads.{kind}.v1",
        **model.model_json_schema(),
    }
