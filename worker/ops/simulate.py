"""`lead-router simulate`: events from a file, decided by a policy, outcomes as lines. No broker."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NoReturn

import click
import msgspec
import orjson

from schemas.instant import instant_of, milliseconds
from worker.intake.items import DeadLetter, Fault
from worker.intake.parse import value_of
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyError
from worker.lifecycle.outcomes import Outcome
from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.ops.replay import Replay, UnreadableLineError
from worker.ops.simulation import KINDS, Line, Simulation, explanation_line, line_of
from worker.presets import load

_LINES_AT_ONCE = 500
"""Lines written together: a pipe gets them soon, and a large file costs few writes."""


class _EventLine(msgspec.Struct):
    """One line: the type is the topic without `leads.` and `.v1`; the value stays as it was written."""

    type: str
    value: msgspec.Raw


def _loaded(context: click.Context, parameter: click.Parameter, name: str) -> Policy:
    del context, parameter
    try:
        return load(name)
    except PolicyError as error:
        raise BadInput(f"policy {name}:\n{error}") from error


def _instant(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    del context
    if text is None:
        return None
    try:
        return milliseconds(instant_of(text))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no RFC 3339 time with an offset", param=parameter
        ) from error


@click.command(name="simulate")
@click.option(
    "--policy",
    default="inside-sales",
    show_default=True,
    metavar="NAME|FILE",
    callback=_loaded,
    help="A shipped policy, or a policy file.",
)
@click.option(
    "--until",
    metavar="TIME",
    callback=_instant,
    help="After the last line, let time pass up to here (RFC 3339).",
)
@click.option("--state", is_flag=True, help="Append a line for each lifecycle.")
@click.option(
    "--explain", is_flag=True, help="Say below the outcomes of each cause how they came about."
)
@click.option("--strict", is_flag=True, help="Refuse events with unknown fields.")
@click.option(
    "--from-spine", is_flag=True, help="Read what `topics read leads.activity.v1` writes."
)
@click.option(
    "--keep-policy",
    is_flag=True,
    help="With --from-spine: stay with --policy where the spine changes it.",
)
@click.option(
    "--json", is_flag=True, expose_value=False, help="JSON lines, which it writes anyway."
)
@click.argument("file", type=click.File("rb"), default="-")
def command(file: BinaryIO, policy: Policy, until: int | None, **options: bool) -> None:
    """Try a policy on events: JSON lines in, outcomes as JSON lines out.

    A line is {"type": "form-submission", "value": {...}}, in the order of the log; the type is the topic without
    `leads.` and `.v1`. What cannot be read becomes {"type": "dead-letter", "code": ..., "line": ...}.

    --explain adds a line of type "explanation" below the outcomes of each cause, also where there are none: their ids
    (`outcomes`), the parts of stays that `ended`, what was `asked` and which check failed, and the rules `tried` in
    order, each with the conditions that failed (`unmet`: the fact, what was `wanted` and `found`) or, of the one that
    matched, `met`; `led_to` are ids of outcomes. With --state it adds a line of type "standing" below each lead: the
    statuses it can enter `next`, `by_rule` (on which activities; conditions `met`, `missing`, and `of_activity`),
    `by_pick` and `by_itself`; the `leg` of its stay and when that is over (`due_at`); its `locks`; and the statuses to
    which there is `no_way` from here. On stderr it says why a line could not be read.

    Example: lead-router simulate --policy inside-sales --until 2027-01-01T00:00:00Z --state events.jsonl
    """
    simulation = Simulation(policy, strict=options["strict"], explain=options["explain"])
    if options["keep_policy"] and not options["from_spine"]:
        raise click.UsageError(
            "--keep-policy is for --from-spine: elsewhere no line changes the policy"
        )
    if options["from_spine"]:
        told = _replayed(simulation, file, keep_policy=options["keep_policy"])
    else:
        told = _simulated(simulation, file, explain=options["explain"])
    _write(told)
    if until is not None:
        _write(_told(simulation, simulation.run_until(until)))
    if options["state"]:
        _write(simulation.state())


def _replayed(
    simulation: Simulation, lines: Iterable[bytes], *, keep_policy: bool
) -> Iterator[Line]:
    replay = Replay(simulation, keep_policy=keep_policy)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                outcomes = replay.tell(line)
            except UnreadableLineError as error:
                raise BadInput(f"line {number} is no message of a spine: {error}") from error
            yield from _told(simulation, outcomes)


def _simulated(simulation: Simulation, lines: Iterable[bytes], *, explain: bool) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            for result in _results(simulation, line):
                if isinstance(result, DeadLetter):
                    if explain:
                        click.echo(f"line {number}: {result.code}: {result.message}", err=True)
                    yield {"type": "dead-letter", "code": result.code, "line": number}
                else:
                    yield from _told(simulation, result)


def _told(simulation: Simulation, outcomes: Iterable[Outcome]) -> Iterator[Line]:
    """Returns the lines of some outcomes, and below those of each cause why they came about, if that was asked for."""
    why = simulation.explanations
    for outcome in outcomes:
        while why and not why[0][1].outcomes:
            yield explanation_line(*why.popleft())
        yield line_of(outcome)
        if why and why[0][1].outcomes[-1] == outcome.value["event_id"]:
            yield explanation_line(*why.popleft())
    while why:
        yield explanation_line(*why.popleft())


def _results(simulation: Simulation, line: bytes) -> Iterable[DeadLetter | list[Outcome]]:
    try:
        event = msgspec.json.decode(line.decode(), type=_EventLine)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [_unreadable(line)]
    if event.type not in KINDS:
        return [_unreadable(line)]
    return simulation.apply(event.type, bytes(event.value))


def _unreadable(line: bytes) -> DeadLetter:
    """Returns what is wrong with a line that holds no event: its bytes, else its shape."""
    try:
        value_of(line)
    except Fault as fault:
        return fault.dead_letter()
    return DeadLetter("schema.invalid", "a line should have a type that is known, and a value")


def _write(lines: Iterable[Line]) -> None:
    written = (orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    while some := b"".join(islice(written, _LINES_AT_ONCE)):
        try:
            sys.stdout.buffer.write(some)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            _stop_writing()
        except OSError as error:
            raise EnvironmentTrouble(f"cannot write: {error.strerror}") from error


def _stop_writing() -> NoReturn:
    """Ends the command well: whoever reads has read enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
