"""`lead-router adapt`: a vendor's body in, lines for `simulate -` out."""

from __future__ import annotations

from typing import BinaryIO, TextIO

import click
import orjson

from worker.intake.adapters.adapt import Adapted, adapted, things_in
from worker.intake.adapters.hubspot_call import (
    DispositionsError,
    dispositions_in,
    with_dispositions,
)
from worker.intake.adapters.table import Table
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import Door
from worker.intake.items import DeadLetter, Fault
from worker.intake.parse import value_of
from worker.ops.exits import BadInput

VENDORS = [table.vendor for table in TABLES.values()]


@click.command(name="adapt")
@click.option("--vendor", required=True, type=click.Choice(VENDORS), help="Whose body it is.")
@click.option(
    "--explain", is_flag=True, help="Say where each field came from, and why an item is ignored."
)
@click.option(
    "--dispositions",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help='Call dispositions of one\'s own, for hubspot-call: TOML, a line GUID = "outcome" each.',
)
@click.option(
    "--json", is_flag=True, expose_value=False, help="JSON lines, which it writes anyway."
)
@click.argument("file", type=click.File("rb"), default="-")
def command(file: BinaryIO, vendor: str, dispositions: TextIO | None, *, explain: bool) -> None:
    """Turn a vendor's webhook body (one object or an array) into lines for `simulate -`.

    Items that cannot be read are told on stderr, with their place in the array; the exit code stays 0, for the rest is
    good. With --explain ignored items are told there, too.

    Example: lead-router adapt --vendor sendgrid posted.json | lead-router simulate -
    """
    table = TABLES[f"raw.{vendor}"] if dispositions is None else _with(dispositions, vendor)
    body = file.read()
    try:
        things = things_in(table, value_of(body))
    except Fault as fault:
        raise BadInput(f"{fault.code}: {fault.message}") from fault
    items = Door(tables={vendor: table}).admit(vendor, body)
    for thing, item in zip(things, items, strict=True):
        if isinstance(item, DeadLetter):
            click.echo(f"item {item.item}: {item.code}: {item.message}", err=True)
        elif isinstance(became := adapted(table, thing), Adapted):
            found_at = {"found_at": became.found_at} if explain else {}
            click.echo(orjson.dumps({"type": became.kind, "value": became.event, **found_at}))
        elif explain:
            click.echo(f"item {item.item}: ignored: {became.reason}", err=True)


def _with(dispositions: TextIO, vendor: str) -> Table:
    if vendor != "hubspot-call":
        raise BadInput("--dispositions goes with --vendor hubspot-call")
    try:
        return with_dispositions(dispositions_in(dispositions.read()))
    except (DispositionsError, UnicodeDecodeError) as error:
        raise BadInput(f"{dispositions.name}: {error}") from error
