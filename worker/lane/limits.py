"""Every number of the record path that an operator may set, with its reason; others stand where they are used.

Times are seconds unless the name says otherwise. Latency figures were measured on one broker and two shared cores.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a lane, its engine and its gate never exceed."""

    transaction_seconds: float = 20.0
    """Broker's time-out of an open transaction. Longer than any pause we survive; an unclean death hides its own
    partition for at most this long plus the broker's 10 s, and only if nobody reopens it."""

    transaction_share: float = 0.9
    """The lane gives up at this share of it, so that it is never the broker who decides."""

    request_seconds: float = 12.0
    """A broker that takes longer to answer is treated as gone."""

    open_seconds: float = 60.0
    """Fencing waits for the predecessor's transaction to end: at least `transaction_seconds` plus the broker's 10 s."""

    recovery_stall_seconds: float = 60.0
    """Recovery that has not moved for this long is an error; its whole length is not limited."""

    recovery_fetch_bytes: int = 2 << 20
    """Bytes a fetch while recovering: larger ones no longer pay, and four lanes at once hold no more than this each."""

    drain_seconds: float = 4.0
    """At a revoke the running transaction may finish within this, else it is thrown away. Well below the session
    time-out, so that the group does not wait for us."""

    stop_seconds: float = 12.0
    """The whole of a stop; the process is to be gone within 15."""

    discard_seconds: float = 2.0
    """Closing a broken producer's sockets must not hold up its successor."""

    session_seconds: float = 6.0
    """A dead worker's partitions are given away after this. Brokers allow no less by default."""

    heartbeat_seconds: float = 2.0
    """A third of the session: two may be lost."""

    fenced_again_seconds: float = 60.0
    """A member whose name another has taken takes it back, once within this time; then it stops."""

    rebalance_seconds: float = 60.0
    """How long the group waits for a member to rejoin; a member drains well within."""

    retry_backoff_ms: int = 50
    """Between retries of one request; the library's 100 is visible in latency."""

    fetch_wait_ms: int = 200
    """How long a broker holds a fetch that finds nothing. An idle worker asks five times a second."""

    start_again_seconds: float = 1.0
    """Between two attempts to join while the broker is down."""

    fetch_failures_allowed: int = 5
    """So many failed fetches in a row, and the membership itself is taken for broken: the process joins anew."""

    stall_seconds: float = 30.0
    """Records that are there and have not come for this long: the process joins anew. Longer than any one round."""

    poll_ms: int = 100
    """How long the pump waits for data before it looks around; data wakes it at once."""

    idle_seconds: float = 0.02
    """How often the pump looks again while no lane wants anything (all full, parked or opening)."""

    max_records: int = 2000
    """Records a transaction. Beyond some 1,000 the cost of the transaction itself no longer shows."""

    max_bytes: int = 500_000
    """Input bytes a transaction, those of keys and headers too: with what they cause, below the broker's request limit
    and one fetch."""

    max_outcome_bytes: int = 16 << 20
    """Bytes of outcomes at which a round ends early, and goes on in another: those of one record, which the processor
    limits, come on top."""

    max_queued: int = 4000
    """Records a lane holds unread, over all its inputs: two transactions, so that it never starves."""

    max_queued_bytes: int = 8 << 20
    """The same in bytes, of which each input has its share; a fetch that is under way comes on top."""

    losses_accepted: bool = False
    """Whether lanes go on where something was deleted unread of what is kept for ever, or where an input has another
    id than the one that was read; else they stop."""

    max_batch_bytes: int = 1 << 20
    """Brokers refuse a larger batch by default (message.max.bytes is 1,048,588)."""

    slice_seconds: float = 0.010
    """A lane that decides for longer lets others run: heartbeats, other lanes, the health page."""

    transactions_at_once: int = 2
    """Lanes of one process that may be in a transaction at the same time, and as many lanes of a relay in a round of
    theirs. Those that wait gather records meanwhile: fewer, larger transactions once the machine is busy, no wait when
    it is not. Where relays waited behind transactions, at 1,000 events a second, an event was 40 ms old before it was
    looked at, instead of 14."""

    turn_seconds: float = 0.1
    """After this a lane gives its ticket back though it still writes: a partition whose broker is slow or gone must
    not hold up the others."""

    merge_wait_seconds: float = 0.2
    """How long the merge of a lane's inputs waits for one that is known to hold more."""

    opens_at_once: int = 4
    """Lanes that recover at the same time: more only take each other's bandwidth and memory."""

    ask_again_seconds: float = 5.0
    """An end that lies before what was read of it is asked for once more after this, before anything is said of it: a
    broker that was cut off answers as it was, for as long as it has not heard that it leads no more."""

    reopen_seconds: float = 4.0
    """After an error, before opening again: two heartbeats, so that a zombie learns of its eviction before it fences
    its successor. Jitter of up to as much again is added. No longer the next time: deadlines are promised within ten
    seconds after an outage, and `opens_at_once` spares a broker that comes back."""

    failures_allowed: int = 15
    """So many failures of a lane that had been ready, or memberships that failed fetches have ended, within the window,
    are no accident: the process stops."""

    failures_window_seconds: float = 600.0
    """The window: so many rounds that time out fit into it, and as many openings of up to fifteen seconds."""

    position_seconds: float = 1.0
    """A relay writes its position at most this often, and a lane one that moved over nothing but markers. It bounds
    what is repeated after a crash, and how late a deadline notices that intake has passed."""

    offsets_seconds: float = 1.0
    """Group offsets are committed this often, for lag tools alone."""

    offsets_again_seconds: float = 15.0
    """They are all committed again this often, whether they have moved or not: one that was held up on its way may
    arrive behind a later one, and nothing else would ever tell lag tools better on a partition that is quiet."""

    offsets_timeout_seconds: float = 5.0
    """A coordinator that is loading must not hold up a stop."""

    agree_seconds: float = 1.0
    """How often the group is asked for its members' policies, and only while a lane waits for theirs to be its own."""

    policies_differ_seconds: float = 900.0
    """How long members of a group may have other policies: a rolling restart takes minutes. After that it is none."""

    deadline_tick_seconds: float = 0.2
    """How often the clock is compared with the earliest deadline, and how often a waiting gate looks at intake's
    positions."""

    gate_seconds: float = 600.0
    """How long a due deadline waits for intake to pass what the inputs held; then it is written anyway, counted."""

    deadlines_at_once: int = 1000
    """Deadlines written in one go; after an outage they come by the thousand."""

    @property
    def round_seconds(self) -> float:
        """How long a lane takes for one round at most, be it its first."""
        return self.transaction_seconds * self.transaction_share
