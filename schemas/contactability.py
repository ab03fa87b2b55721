"""A channel to a lead was closed or opened."""

from __future__ import annotations

from schemas.outcome import Outcome
from schemas.vocabulary import Channel, ContactabilityReason


class Contactability(Outcome):
    """Whether a lead may be contacted changed (topic `leads.contactability.v1`); counted on product `*`."""

    channel: Channel
    allowed: bool
    reason: ContactabilityReason
