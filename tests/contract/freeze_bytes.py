"""Freezes what is written today: `python -m tests.contract.freeze_bytes NAME` adds golden/bytes/NAME, a release's.

A frozen file is never written again: that what it holds can be read for ever is the promise.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from tests.contract.samples import KINDS, meaning
from worker import presets

GOLDEN = Path(__file__).parent / "golden" / "bytes"


def main(name: str) -> None:
    """Writes one folder: a file for each kind, and the policies as the log holds them."""
    folder = GOLDEN / name
    folder.mkdir()
    for kind, how in KINDS.items():
        lines = dict.fromkeys(
            json.dumps({"bytes": base64.b64encode(written).decode(), "means": meaning(value)})
            for value in how.values()
            for written in [how.write(value)]
        )
        (folder / f"{kind}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    policies = [presets.load(preset) for preset in presets.NAMES]
    texts = {policy.digest: policy.text for policy in policies}
    (folder / "policies.json").write_text(json.dumps(texts, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
