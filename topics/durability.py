"""How many brokers have what was acknowledged, and where so few do that one of them takes it along."""

from __future__ import annotations

from collections.abc import Mapping

from topics.settings import Found

LEAST_COPIES = 3
"""Of two, one that is away would stop all writing, or an acknowledged record would be on the other alone."""
KAFKAS_OWN = ("__transaction_state", "__consumer_offsets")
"""Without these nobody gets on, however many copies there are of the rest."""
_IN_SYNC, _UNCLEAN = "min.insync.replicas", "unclean.leader.election.enable"
DURABILITY = (_IN_SYNC, _UNCLEAN)
"""What the configuration of a topic says of it."""
_NAMED = 3


def usual_copies(brokers: int) -> int:
    """Returns how many copies a topic has on so many brokers, unless somebody says otherwise."""
    return min(LEAST_COPIES, brokers)


def durability_of(copies: int) -> dict[str, str]:
    """Returns the configuration without which an acknowledged record may be on one broker alone, where there are more.

    It is the least that is asked for: whoever runs the cluster may ask for more, and topics that are there are left.
    """
    return {_IN_SYNC: "2"} if copies >= LEAST_COPIES else {}


def dangers(found: Mapping[str, Found], brokers: int) -> list[str]:
    """Returns a sentence for each way in which one of several brokers may take along what was acknowledged.

    Of two brokers either may, and is not named: nothing is better there, unless all writing is to stop with one.
    """
    told: dict[str, list[str]] = {}
    for name, topic in found.items():
        if topic.copies < usual_copies(brokers):
            copies = "1 copy" if topic.copies == 1 else f"{topic.copies} copies"
            told.setdefault(f"{copies}, and there are {brokers} brokers", []).append(name)
        elif topic.copies >= LEAST_COPIES and topic.config.get(_IN_SYNC) == "1":
            why = f"{_IN_SYNC}=1: what is acknowledged may be on one broker alone"
            told.setdefault(why, []).append(name)
        if topic.copies > 1 and topic.config.get(_UNCLEAN) == "true":
            why = f"{_UNCLEAN}=true: a broker that lacks what was acknowledged may come to lead"
            told.setdefault(why, []).append(name)
    return [_sentence(names, what) for what, names in told.items()]


def _sentence(names: list[str], what: str) -> str:
    others = len(names) - _NAMED
    listed = ", ".join(names[:_NAMED]) + (f" and {others} more" if others > 0 else "")
    return f"{listed}: {what}"
