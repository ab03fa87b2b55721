"""Why an item could not be read (topic `leads.dead-letter.v1`)."""

from __future__ import annotations

from typing import Literal

DeadLetterCode = Literal[
    "encoding.invalid",
    "json.invalid",
    "json.limits",
    "schema.invalid",
    "schema.unsupported_version",
    "envelope.mismatch",
    "time.missing_offset",
    "time.future",
    "time.past",
    "identity.missing",
    "internal.error",
]
"""In the order they are looked for; an item with several faults carries the first."""
