"""What the peer keeps: a lead as pydantic models that never change."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from schemas.spine import Scalar
from worker.lifecycle.record import NEVER


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Profile(Model):
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company: str | None = None
    country: str | None = None
    employees: int | None = None
    industry: str | None = None
    account_id: str | None = None
    account_tier: str | None = None
    lead_source: str | None = None


class Lifecycle(Model):
    status: str | None = None
    entered_at: int | None = None
    due: int = NEVER
    reason: str | None = None
    engagement: int = 0
    engaged_at: int = 0
    day: int = 0
    day_points: dict[str, int] = {}
    answers: dict[str, Scalar] = {}
    locks: tuple[str, ...] = ()
    counts: dict[str, int] = {}


class Lead(Model):
    """A person; `ring` holds (source, event id, content) of the last events, `recent` (type, time) of the last few."""

    lead_id: str
    clock: int = 0
    profile: Profile = Profile()
    email_allowed: bool = True
    phone_allowed: bool = True
    ring: tuple[tuple[str, str, int], ...] = ()
    recent: tuple[tuple[str, int], ...] = ()
    seqs: dict[str, int] = {}
    lifecycles: dict[str, Lifecycle] = {}
