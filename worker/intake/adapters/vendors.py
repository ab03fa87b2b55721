"""The tables, by the event type of the vendor's topic (`leads.raw.<vendor>.v1`)."""

from __future__ import annotations

from collections.abc import Mapping

from worker.intake.adapters.hubspot_call import HUBSPOT_CALL
from worker.intake.adapters.hubspot_email import HUBSPOT_EMAIL
from worker.intake.adapters.sendgrid import SENDGRID
from worker.intake.adapters.table import Table
from worker.intake.adapters.typeform import TYPEFORM

TABLES: Mapping[str, Table] = {
    f"raw.{table.vendor}": table for table in (SENDGRID, TYPEFORM, HUBSPOT_CALL, HUBSPOT_EMAIL)
}
