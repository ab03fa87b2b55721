"""What stops a process, by name; texts hold no payload."""

from __future__ import annotations

from pathlib import PurePath


class LaneError(Exception):
    """Something that opening a lane again does not mend; the process stops without committing."""


class ProcessorBroke(LaneError):
    """A pure function raised: the record is on its topic, its transaction was not begun."""


class ProcessorRefuses(LaneError):
    """What is loaded does not fit what the changelog holds; the text says what is missing."""


class PoliciesDiffer(ProcessorRefuses):
    """Members of one group have been started with other policies, and not only for as long as a roll-out takes."""


class LaneKeepsFailing(LaneError):
    """A lane that had been ready failed too often within the window, or fetches did that end a membership."""


class NotForeseen(LaneError):
    """The record path itself is broken: a task of it ended that must not."""


class TopicsDoNotFit(LaneError):
    """A topic is missing, or partition counts differ where state is shared."""


class PositionsTooNarrow(TopicsDoNotFit):
    """An input of a relay has more partitions than the topic of its positions, which holds one record for each."""


class InputRecreated(LaneError):
    """A topic is not the one that was read: it has another id, or ends before the place up to which it was."""


class InputTruncated(LaneError):
    """What a lane was to read next of the spine or the account-log was deleted, though they are kept for ever."""


class ChangelogLost(LaneError):
    """A changelog is not the one that was written: emptied, cut, or made anew under its name."""


class WrittenByNewer(LaneError):
    """A changelog holds what only a newer version of the worker can read."""


class ChangelogDamaged(LaneError):
    """A changelog holds what no version of the worker has written."""


class InstanceFenced(LaneError):
    """Another process lives under this one's instance name (Kafka: FENCED_INSTANCE_ID)."""


class NotAllowed(LaneError):
    """The brokers do not let this worker's user do what it has to (Kafka: TOPIC_AUTHORIZATION_FAILED and its kin)."""


class ClockRefused(LaneError):
    """The broker refuses the times that this machine writes: its clock is far ahead of the broker's."""


def broke_at(error: BaseException) -> str:
    """Returns the type of an exception and where it was raised, without its text, which may quote a payload."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    where = PurePath(trace.tb_frame.f_code.co_filename).name
    return f"{type(error).__name__} at {where}:{trace.tb_lineno}"
