"""`lead-router topics`: what crosses Kafka where, and whether this cluster has it."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any

import click
import orjson

from topics.catalogue import FOR_EVER, Topic, catalogue
from worker.ops.exits import AnswerIsNo

if TYPE_CHECKING:
    from worker.lane.processor import Record
    from worker.stream.settings import Settings


@click.group()
def command() -> None:
    """List, create, check and read the topics.

    Example: lead-router topics apply
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def list_topics(*, as_json: bool) -> None:
    """Print every topic: direction, key, how it is kept, what it carries. Asks no broker.

    Example: lead-router topics list
    """
    from worker.ops.cluster import settings_in_force

    for topic in catalogue(settings_in_force().application_id):
        click.echo(orjson.dumps(topic) if as_json else _told(topic))


@command.command()
@click.option("--dry-run", is_flag=True, help="Say what would be created, and create nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def apply(*, dry_run: bool, as_json: bool) -> None:
    """Create the topics that are missing; the others are left as they are.

    Says on stderr which topics one broker of several may take along with what was acknowledged, and why.

    Example: lead-router topics apply --dry-run
    """
    from worker.ops.cluster import answer_of, settings_in_force
    from worker.stream import admin

    settings = settings_in_force()
    wanted = answer_of(admin.inspected(settings)).missing
    if not dry_run:
        answer_of(admin.create(settings, wanted))
    for danger in answer_of(admin.in_danger(settings)):
        click.echo(danger, err=True)
    if as_json:
        names = [topic.name for topic in wanted]
        click.echo(orjson.dumps({"created": [] if dry_run else names, "missing": names}))
        return
    for topic in wanted:
        click.echo(f"{'would create' if dry_run else 'created'} {topic.name}")
    if not wanted:
        click.echo("nothing is missing")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(*, as_json: bool) -> None:
    """Check what the worker checks when it starts: topics, partition counts, compaction.

    Example: lead-router topics check
    """
    from worker.ops.cluster import answer_of, settings_in_force
    from worker.stream import admin

    found = answer_of(admin.inspected(settings_in_force())).faults
    if as_json:
        click.echo(orjson.dumps({"ok": not found, "faults": found}))
    if found:
        raise AnswerIsNo("\n".join(found))
    if not as_json:
        click.echo("every topic is in place")


@command.command()
@click.argument("topic")
@click.option(
    "--json", is_flag=True, expose_value=False, help="JSON lines, which it writes anyway."
)
def read(topic: str) -> None:
    """Write what a topic holds now, from its beginning, as JSON lines.

    Partition by partition, each in the order of its offsets; records of aborted transactions are left out. A value or
    key that is not UTF-8 is given in base64, as value_base64 or key_base64.

    Example: lead-router topics read leads.activity.v1 | lead-router simulate --from-spine --policy inside-sales -
    """
    from worker.ops.cluster import answer_of, settings_in_force

    answer_of(_write(settings_in_force(), topic))


async def _write(settings: Settings, topic: str) -> None:
    """Writes each record of a topic on a line of its own."""
    from worker.stream.reader import read_topic

    async for record in read_topic(settings, topic):
        sys.stdout.buffer.write(orjson.dumps(_line(record), option=orjson.OPT_APPEND_NEWLINE))


def _told(topic: Topic) -> str:
    """Returns a topic in one line."""
    days = topic.retention_ms // 86_400_000
    kept = "compacted" if topic.cleanup == "compact" else f"{days} days"
    if topic.cleanup == "delete" and topic.retention_ms == FOR_EVER:
        kept = "for ever"
    return f"{topic.name:36} {topic.direction:9} {kept:10} key: {topic.key:32} {topic.carries}"


def _line(record: Record) -> dict[str, Any]:
    """Returns a record as it is written by `read`."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        **_readable("key", record.key, json=False),
        **_readable("value", record.value, json=True),
        "headers": {
            name: None if value is None else value.decode(errors="replace")
            for name, value in record.headers
        },
    }


def _readable(name: str, data: bytes | None, *, json: bool) -> dict[str, Any]:
    """Returns bytes as JSON if they are and may be, else as text, else in base64 under another name."""
    if data is None:
        return {name: None}
    try:
        return {name: orjson.loads(data) if json else data.decode()}
    except orjson.JSONDecodeError:
        return _readable(name, data, json=False)
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(data).decode()}
