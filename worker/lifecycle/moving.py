"""From one policy to the next: where leads go that are in a status which the new one lacks."""

from __future__ import annotations

from worker.lifecycle.language.plan import Policy


def homes_of(old: Policy, new: Policy) -> dict[str, str | None]:
    """Returns where leads go from each status of `old` that `new` lacks; None where it does not say.

    That is what `[moved]` says, else the next enabled status of the table for one that is disabled. Statuses that `old`
    itself moves leads out of count as well: it does so when a lead is next touched, and some may not have been.
    """
    left = (*old.statuses, *old.moved)
    return {name: new.moved.get(name) for name in left if name not in new.statuses}


def statuses_without_a_home(old: Policy, new: Policy) -> tuple[str, ...]:
    """Returns the statuses of `old` whose leads would be nowhere under `new`, in the order of the table."""
    return tuple(name for name, home in homes_of(old, new).items() if home is None)
