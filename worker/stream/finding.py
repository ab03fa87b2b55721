"""What a check-up says: one thing that is wrong, under the name that the README's runbook has for it."""

from __future__ import annotations

from dataclasses import dataclass

from topics.settings import Difference
from worker.lane.errors import LaneError

_ANEW = "else begin anew under another LEAD_ROUTER_APPLICATION_ID"

REMEDIES = {
    "topics": "`lead-router topics apply` creates what is missing",
    "configuration": "set it back with Kafka's own tools; what was deleted meanwhile shows as InputTruncated or"
    " ChangelogLost",
    "durability": "kafka-reassign-partitions gives a topic more copies, three will do; kafka-configs sets"
    " min.insync.replicas=2 and unclean.leader.election.enable=false",
    "TopicsDoNotFit": "bring back the partitions that were, Kafka takes none away; else make the topics anew with"
    " more of them, under another LEAD_ROUTER_APPLICATION_ID",
    "PositionsTooNarrow": "add partitions to the positions topic with Kafka's own tools, and start the worker again:"
    " nothing is lost or read twice",
    "ChangelogLost": f"bring the changelog back from a backup; {_ANEW}, whose outcomes are told from the old by"
    " ce_source",
    "ChangelogDamaged": "find out who else writes to it, and bring the changelog back from a backup;"
    f" {_ANEW}",
    "InputTruncated": "bring back what was deleted; else LEAD_ROUTER_LIMITS__LOSSES_ACCEPTED=true, once, goes on"
    " behind it",
    "InputRecreated": f"bring the topic back; {_ANEW}",
    "WrittenByNewer": "run the newer version of the worker again",
    "PoliciesDiffer": "start every worker with one LEAD_ROUTER_POLICY, a change takes effect once all of them have it;"
    " or give each deployment an application id of its own",
    "NotAllowed": "give the user that right; the README lists what a worker needs",
    "ProcessorRefuses": "say under [moved] of the policy where these leads go",
    "group": "`lead-router run`",
    "lag": "`lead-router lag --watch`; /readyz and the log of its worker name what holds a lane up",
    "deadlines": "deadlines wait for what lies on the inputs: `lead-router lag` of intake; then /readyz and the log of"
    " the worker that runs lifecycle",
    "transaction": "it ends by itself within half a minute, else start the worker whose partition it is",
    "dead-letters": "`lead-router dead-letters list` says where each was, `show ORIGIN` what is wrong with it",
    "not-looked-at": "mend the topics first, then ask again",
}
"""What to do, by name; names of errors are those that `run` ends with."""

_OF_TOPICS = {
    "missing": "topics",
    "partitions": "TopicsDoNotFit",
    "positions": "PositionsTooNarrow",
    "configuration": "configuration",
}
"""The name of a finding, by the kind of difference between a topic and the catalogue."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a name for it, what is seen, and what to do."""

    name: str
    seen: str
    todo: str


def finding(name: str, seen: str) -> Finding:
    """Returns what is seen, with what to do."""
    return Finding(name, seen, REMEDIES[name])


def refused(error: LaneError) -> Finding:
    """Returns what a lane would end with."""
    return finding(type(error).__name__, str(error))


def of_topic(difference: Difference) -> Finding:
    """Returns in what a topic differs from the catalogue."""
    return finding(_OF_TOPICS[difference.kind], difference.told)
