"""How partition numbers are dealt to the members of a group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def dealt(numbers: Collection[int], claims: Mapping[str, Iterable[int]]) -> dict[str, list[int]]:
    """Returns each member's share: sizes differ by one at most, and as much as possible stays where it was."""
    free = set(numbers)
    least, larger = divmod(len(free), len(claims))
    shares: dict[str, list[int]] = {}
    for name in sorted(claims, key=lambda name: (-len(list(claims[name])), name)):
        most = least + (larger > 0)
        kept = sorted(free.intersection(claims[name]))[:most]
        larger -= len(kept) > least
        free.difference_update(kept)
        shares[name] = kept
    rest = sorted(free)
    for name in sorted(shares, key=lambda name: (-len(shares[name]), name)):
        share = shares[name]
        wanted = least - len(share)
        if larger > 0 and len(share) <= least:
            wanted, larger = wanted + 1, larger - 1
        share += rest[: max(0, wanted)]
        del rest[: max(0, wanted)]
        share.sort()
    return shares
