"""Which policy is in force on a partition of the spine, as its messages say."""

from __future__ import annotations

from schemas.spine import PolicyInForce


def announced(held: PolicyInForce) -> PolicyInForce:
    """Returns what the spine is told of the first policy, which a changelog keeps and nobody has read yet."""
    return PolicyInForce(held.digest, held.text, over="")


def proposed(loaded: PolicyInForce, held: PolicyInForce) -> PolicyInForce:
    """Returns what the spine is told of a policy that is to replace the one in force, and only that one."""
    return PolicyInForce(loaded.digest, loaded.text, over=held.digest, over_ms=held.since_ms)


def succeeded(held: PolicyInForce | None, named: PolicyInForce, came_ms: int) -> PolicyInForce:
    """Returns what is in force once a message has named a policy that came onto the log at a time (UTC ms).

    The first one that is named is, whatever it says. From then on a message takes effect only if what it replaces is
    what is in force: whoever wrote it may have been frozen since it asked, and others have come to agree on another.
    """
    if held is None or held.since_ms == 0:
        return PolicyInForce(named.digest, named.text, since_ms=came_ms)
    meant = named.over == held.digest and (
        None in {named.over_ms, held.since_ms} or named.over_ms == held.since_ms
    )
    if named.digest == held.digest or not (meant or named.over is None):
        return held
    return PolicyInForce(named.digest, named.text, since_ms=came_ms)
