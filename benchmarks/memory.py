"""Bytes a lead in memory: a lane's table with the demo's mix, keys and the index of deadlines included.

python -m benchmarks.memory --leads 50000
"""

from __future__ import annotations

import argparse
import tracemalloc

import orjson

from benchmarks.lives import changelog_values
from worker.lane.processor import Record
from worker.lane.table import Table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=50_000)
    asked = parser.parse_args()
    values = orjson.dumps([(k.decode(), v.hex()) for k, v in changelog_values(asked.leads).items()])
    tracemalloc.start()
    table = Table()
    for offset, (key, value) in enumerate(orjson.loads(values)):
        table.recover([Record("changelog", 0, offset, 0, key.encode(), bytes.fromhex(value))])
    leads = len(table.values)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sizes = [len(key) + len(value) for key, value in table.values.items()]
    print(
        orjson.dumps(
            {
                "leads": leads,
                "bytes_a_lead_in_memory": round(held / leads),
                "bytes_a_lead_on_the_changelog": round(sum(sizes) / leads),
            }
        ).decode()
    )


if __name__ == "__main__":
    main()
