"""Writes schemas/v1 anew: `python -m tests.contract.freeze`. The diff is read before it is committed."""

from __future__ import annotations

import json
from pathlib import Path

from schemas import EVENTS, OUTCOMES
from schemas.json_schema import json_schema

FROZEN = Path(__file__).parents[2] / "schemas" / "v1"


def text_of(kind: str) -> str:
    """Returns the file of a type as it should be."""
    return json.dumps(json_schema(kind), indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Writes every file."""
    for kind in (*EVENTS, *OUTCOMES):
        (FROZEN / f"{kind}.json").write_text(text_of(kind))


if __name__ == "__main__":
    main()
