"""The deterministic simulation (E11): the real processors and lanes on the log in memory, in virtual time, by one seed.

    python -m tests.faults.simulation --seeds 2000
    python -m tests.faults.simulation --seed 7 --trace
    python -m tests.faults.simulation --role lifecycle --number 40 --trace

A seed decides everything: what is produced and when, what is done to whom, how long each request is on its way and what
becomes of it there. Nothing reads a clock or dice of its own, so that a seed replays to the byte. When all that is done
has been done, everything heals, and `lead-router verify`, reading logs alone, says what it finds; that, and how long it
took until nothing was left to do.

Read in this order: `bodies` (time, freezing and death), `line` (what happens to a request), `world` (the cluster and
its producers), `workers`, `crew`, `acts`, `life` (one seed), `tale`, `judging`, `promptness` (of deadlines), `holding`
(lanes' memory), `census` (whether enough happened), `deaths` (a death at every request there is), `mutants`.
"""
