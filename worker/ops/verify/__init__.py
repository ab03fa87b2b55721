"""`lead-router verify`: the promise, held against what the logs of a cluster show.

It only reads, joins no group, and may run while workers do. Everything is worked out anew from the logs by the pure
cores (`receive`, `relate`) and an own reading of the inputs (`decoder`); see `course` for the order of reading, and
`island` for what is compared.

- lost: an item that intake has passed and that is nowhere (`ledger`); an outcome, a membership or a word of an account
  that the log leads to before the lane's position, and that is not there (`matching`, `members`); a message that its
  lane drops as a repeat though it came the first time (`applied`). Torn: lost, while another of its cause is there.
- duplicate-effect: an outcome's id once more; an item on two partitions of a log. Double-deadline: the same of an
  outcome that a deadline caused. Divergent-duplicate: an outcome's id with other bytes than the log leads to.
- reordered: on one partition of a topic, an outcome behind one that the log leads to later.
- phantom: an outcome, a word, a membership, an origin, a turn that nothing has led to.
- early-deadline, late-deadline: what a deadline's message and the lane's own pace show (`promptness`).
- stale-state: a changelog that differs, at the position it names, from what the log leads to, or holds what no lane
  writes (`changelog`); or that stands before what led to something that was published when it was read (`outlets`).
- unaccounted: an item in two places, or where it cannot belong (`ledger`).
- misread: an item that became something else than its bytes say: another lead's, other words, a dead letter though
  nothing is wrong with it, or one for another fault (`decoder`, `ledger`, `dead_letters`).
- altered: a dead letter that is not the original, an outcome in another envelope (`dead_letters`, `matching`).
- misplaced: a message or an outcome that is not on the partition of its key (`reading`).

Told in figures, because logs show no more: how late deadlines came (`promptness`), and the events that one may have
overtaken (`overtaking`).

Memory: the states of one partition at a time, five bytes for each item of the inputs, and what was said of members.
"""

from __future__ import annotations

from datetime import datetime

import click

from schemas.instant import instant_of, milliseconds
from worker.ops.exits import AnswerIsNo

BEGINNING = "beginning"


def _since(context: click.Context, parameter: click.Parameter, text: str) -> int | None:
    """Returns the time in UTC milliseconds, None for the beginning; no log knows a time before 1970."""
    del context
    if text == BEGINNING:
        return None
    try:
        when: datetime = instant_of(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is neither {BEGINNING!r} nor an RFC 3339 time with an offset",
            param=parameter,
        ) from error
    since_ms = milliseconds(when)
    return since_ms if since_ms > 0 else None


@click.command(name="verify")
@click.option(
    "--from",
    "since_ms",
    default=BEGINNING,
    show_default=True,
    metavar="beginning|TIME",
    callback=_since,
    help="Judge what came at that time (RFC 3339) or later; all before is told again, and not judged.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object; progress goes to stderr.")
def command(*, since_ms: int | None, as_json: bool) -> None:
    """Hold what the topics of a cluster show against what is promised: PASS, FAIL or UNKNOWN.

    Reads inputs, spine, outcomes, dead letters, what accounts say, changelogs and positions; writes nothing, and may
    run beside workers. Every item of an input is accounted for, the spine and the account-log are told again, and
    every outcome, every lead's and account's record, and every deadline is held against that. What is under way is
    counted, not judged. Exit 0 for PASS alone; 1 for FAIL, which names the first anomalies, and for UNKNOWN, which says
    what is missing. What retention has deleted makes UNKNOWN: then give a time since when everything is still there.

    It names what is lost or torn, misread (an item that became something else than its bytes say), altered (a dead
    letter, an envelope), misplaced (on another partition than its key's), duplicate-effect, double-deadline,
    divergent-duplicate, reordered, phantom, early-deadline, late-deadline, stale-state, unaccounted.

    Example: lead-router verify --from 2026-06-01T00:00:00Z --json
    """
    from worker.ops.cluster import answer_of, settings_in_force
    from worker.ops.verify.showing import show, verified

    settings = settings_in_force()
    report = answer_of(verified(settings, since_ms))
    show(report, as_json=as_json)
    if report.verdict != "PASS":
        raise AnswerIsNo(f"{report.verdict}: {report.in_a_sentence()}")
