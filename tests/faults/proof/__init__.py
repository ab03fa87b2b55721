"""The proof: real workers on a real broker, under sample traffic, die in every way there is, and the logs are judged.

They are killed in each window that a fail point reaches and at random, frozen, sent away and brought back under another
policy; the broker loses its power. Then `lead-router verify` reads the logs and says what it finds.

    python -m tests.faults.proof --seed 1 --acts 12

The plan follows from the seed alone and is printed first, so that a run can be told again. A run that proves nothing is
red: each window has to be hit (the worker writes that down, synced, before it dies), deaths have to lead to repeats,
and every kind of item, verdict and deadline has to occur.
"""
