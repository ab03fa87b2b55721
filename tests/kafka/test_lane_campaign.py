"""A short campaign: kills, a join, an orderly end and a broker that loses its power, then the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import Campaign
from worker.ops.local_broker import OwnBroker

pytestmark = pytest.mark.kafka

ACTS = ("kill", "join", "broker", "kill", "end")


async def test_a_short_campaign_loses_and_doubles_nothing(
    broker_to_kill: OwnBroker, tmp_path: Path
) -> None:
    campaign = Campaign(broker_to_kill, 1, tmp_path)
    try:
        assert await campaign.run(ACTS, 150) == []
    finally:
        campaign.end()
    assert campaign.done["deadlines fired"]
