"""`lead-router dead-letters`: what could not be read, and its originals put back once the cause is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, get_args

import click
import orjson

from schemas.dead_letter import DeadLetterCode
from schemas.instant import instant_of, milliseconds
from topics.catalogue import name_of
from worker.ops.exits import AnswerIsNo, BadInput

if TYPE_CHECKING:
    from worker.stream.resending import Place, Selection
    from worker.stream.settings import Settings

_PARTS_OF_A_RECORD, _PARTS_OF_AN_ITEM = 3, 4


def _since(context: click.Context, parameter: click.Parameter, text: str | None) -> int:
    del context
    try:
        return 0 if text is None else milliseconds(instant_of(text))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no RFC 3339 time with an offset", param=parameter
        ) from error


def _topics(
    context: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> frozenset[str]:
    del context, parameter
    return frozenset(name if name.startswith("leads.") else name_of(name) for name in names)


codes = click.option(
    "--code",
    "codes",
    multiple=True,
    type=click.Choice(get_args(DeadLetterCode)),
    metavar="CODE",
    help="Only those with this code; may be given again.",
)
topics = click.option(
    "--topic",
    "topics",
    multiple=True,
    callback=_topics,
    metavar="TOPIC",
    help="Only those of this input topic, with or without `leads.` and `.v1`; may be given again.",
)
since = click.option(
    "--since",
    "since_ms",
    metavar="TIME",
    callback=_since,
    help="Only those written then or later (RFC 3339).",
)
as_json = click.option("--json", "as_json", is_flag=True, help="JSON lines.")


@click.group(name="dead-letters")
def command() -> None:
    """Look at what could not be read, and put originals back onto their topics.

    Example: lead-router dead-letters list --since 2026-03-01T00:00:00Z
    """


@command.command("list")
@codes
@topics
@since
@as_json
def list_letters(
    codes: tuple[str, ...], topics: frozenset[str], since_ms: int, *, as_json: bool
) -> None:
    """List dead letters, none of their contents, and how many there are of each code.

    A line says when it was written, its code, the origin (topic/partition/offset/item), how often it has failed, and
    what is wrong. What intake repeated after a crash is listed once. With --json, the last line has the counts.

    Example: lead-router dead-letters list --code schema.invalid --topic form-submission
    """
    from worker.ops.cluster import answer_of, settings_in_force

    settings = settings_in_force()
    answer_of(_list(settings, _selection(codes, topics, since_ms), as_json=as_json))


@command.command()
@click.argument("origin")
@click.option("--value", "with_value", is_flag=True, help="Print key and value: personal data.")
@as_json
def show(origin: str, *, with_value: bool, as_json: bool) -> None:
    """Show the headers of the dead letters of one record; ORIGIN is topic/partition/offset or .../item, as listed.

    Key and value are printed only with --value, what is not printable in them escaped; with --json exactly, in base64
    where they are no UTF-8.

    Example: lead-router dead-letters show leads.form-submission.v1/0/1234
    """
    from worker.ops.cluster import answer_of, settings_in_force

    selection = _selection(places=[_place(origin)])
    answer_of(_show(settings_in_force(), selection, with_value=with_value, as_json=as_json))


@command.command()
@codes
@topics
@since
@click.option(
    "--origin", "origins", multiple=True, help="Only this record or item; may be given again."
)
@click.option("--dry-run", is_flag=True, help="Say what would be replayed, and replay nothing.")
@as_json
def replay(since_ms: int, *, dry_run: bool, as_json: bool, **chosen: Any) -> None:  # noqa: ANN401 - as click gives them
    """Put the originals of dead letters back onto their input topics; at least one option has to say of which.

    Key, value and headers are the original's; of a vendor's array only the item that failed goes back. Each dead letter
    is replayed once: asked for again, it is left out, and its replay is named. One that fails again is a new dead
    letter, with a higher lead-router-attempt. Exit 1 where nothing was replayed, or something cannot be.

    Example: lead-router dead-letters replay --code identity.missing --topic raw.sendgrid --dry-run
    """
    from worker.ops.cluster import answer_of, settings_in_force

    if not since_ms and not any(chosen.values()):
        raise BadInput("say which: --code, --topic, --since or --origin")
    places = [_place(origin) for origin in chosen["origins"]]
    selection = _selection(chosen["codes"], chosen["topics"], since_ms, places)
    answer_of(_replay(settings_in_force(), selection, dry_run=dry_run, as_json=as_json))


def _selection(
    codes: Iterable[str] = (),
    topics: Iterable[str] = (),
    since_ms: int = 0,
    places: Iterable[Place] = (),
) -> Selection:
    from worker.stream.resending import Selection

    return Selection(frozenset(codes), frozenset(topics), frozenset(places), since_ms)


def _place(origin: str) -> Place:
    """Returns the record, and the item if one is named, that an ORIGIN names; BadInput where it names none."""
    from worker.stream.resending import Place

    topic, *numbers = origin.split("/")
    if not (topic and _PARTS_OF_A_RECORD <= 1 + len(numbers) <= _PARTS_OF_AN_ITEM) or not all(
        number.isascii() and number.isdecimal() for number in numbers
    ):
        raise BadInput(
            f"{origin!r} is no origin: topic/partition/offset, or topic/partition/offset/item"
        )
    partition, offset, *item = map(int, numbers)
    return Place(topic, partition, offset, item[0] if item else None)


async def _list(settings: Settings, selection: Selection, *, as_json: bool) -> None:
    from worker.ops.letter_words import described, in_a_line
    from worker.stream.resending import letters

    counts: Counter[str] = Counter()
    async for letter in letters(settings, selection):
        counts[letter.code] += 1
        line = {"type": "dead-letter", **described(letter)}
        click.echo(orjson.dumps(line) if as_json else in_a_line(letter))
    if as_json:
        click.echo(orjson.dumps({"type": "counts", "counts": counts}))
        return
    for code, count in sorted(counts.items()):
        click.echo(f"{count:8} {code}")
    if not counts:
        click.echo("no dead letters")


async def _show(
    settings: Settings, selection: Selection, *, with_value: bool, as_json: bool
) -> None:
    from worker.ops.letter_words import in_lines, whole
    from worker.stream.resending import letters

    found = False
    async for letter in letters(settings, selection):
        found = True
        if as_json:
            click.echo(orjson.dumps(whole(letter, with_value=with_value)))
        else:
            click.echo("\n".join(in_lines(letter, with_value=with_value)))
    if not found:
        raise AnswerIsNo("no dead letter has that origin")


async def _replay(
    settings: Settings, selection: Selection, *, dry_run: bool, as_json: bool
) -> None:
    from worker.ops.letter_words import fate, fate_as_json, fate_in_a_line
    from worker.stream.resending import resend

    counts: Counter[str] = Counter()
    async for resent in resend(settings, selection, dry_run=dry_run):
        became = fate(resent, dry_run=dry_run)
        counts[became] += 1
        say = fate_as_json if as_json else fate_in_a_line
        click.echo(say(resent, became))
    done = counts["would be replayed"] + counts["replayed"]
    told = ", ".join(f"{count} {became}" for became, count in counts.items())
    if not as_json and counts:
        click.echo(told)
    if not done or counts["cannot be replayed"]:
        raise AnswerIsNo(told or "no dead letter is meant by that")
