"""The record path: one lane per partition number, which keeps state, position and outcomes together.

A lane knows no lead. What it runs is a `Processor` (`processor.py`), where it runs is a `Log` and a `Source`
(`log.py`), once on Kafka (the room `kafka`) and once in memory (`memory`). The promise a lane keeps: a record's
effects, the state they leave and the position after it become visible together or not at all, whoever dies when.

Read in this order: `processor.py` (the seam), `limits.py` (what an operator may set), `log.py` (what is asked of
Kafka), `merge.py` (what is taken next), `stage.py` (what one transaction sees), `lane.py` (the life of a lane),
`engine.py` (all lanes of one processor), `gate.py` (when a deadline may be written).
"""
