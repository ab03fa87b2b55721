"""What one person did and what was done with them, moment by moment, in the words of our own schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from worker.ops.traffic.people import Person, company_of

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIALER_ZONE = timezone(timedelta(hours=2))
OPENING_HOUR, CLOSING_HOUR = 8, 18
MAILING_HOUR = 9
MAILING_WEEKDAY = 5
"""Tuesday, counted from the Thursday on which 1970 began."""

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event: when it happened (UTC ms), the input it belongs to, and its body in our own schema."""

    at: int
    topic: str
    body: Body
    person: Person


def time_text(at: int, zone: timezone = UTC) -> str:
    """A time in UTC milliseconds as RFC 3339 in a zone."""
    moment = (EPOCH + timedelta(milliseconds=at)).astimezone(zone)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Diary:
    """The moments of one life so far, and the lead's own time (UTC ms)."""

    person: Person
    rng: Random
    clock: int
    moments: list[Moment] = field(default_factory=list)
    mail_allowed: bool = True
    keeps_hours: bool = True

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def wait(self, least_days: float, most_days: float) -> None:
        """Let time pass."""
        self.clock += int(self.rng.uniform(least_days, most_days) * DAY_MS)

    def until_office_hours(self) -> None:
        """Let time pass until somebody sits at a desk."""
        hour = self.clock // HOUR_MS % 24
        if self.keeps_hours and not OPENING_HOUR <= hour < CLOSING_HOUR:
            wait_hours = (self.rng.randrange(OPENING_HOUR, CLOSING_HOUR) - hour) % 24
            self.clock += wait_hours * HOUR_MS + self.rng.randrange(HOUR_MS)

    def until_mailing(self) -> None:
        """Let time pass until the newsletter goes out, on a Tuesday morning."""
        day = self.clock // DAY_MS
        tuesday = day + (MAILING_WEEKDAY - day) % 7
        self.clock = max(self.clock, tuesday * DAY_MS + MAILING_HOUR * HOUR_MS)
        self.clock += self.rng.randrange(HOUR_MS // 3)

    def form(self, form_id: str, **fields: object) -> None:
        """The person sends a form."""
        person = self.person
        typed: Body = {
            "email": person.email,
            "phone": person.phone if self.chance(0.5) or person.email is None else None,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "job_title": person.job_title,
            "company": person.company,
            "country": person.country,
            "employees": person.employees,
        }
        body: Body = {"form_id": form_id, "fields": {**_given(typed), **fields}}
        body["page_url"] = f"https://www.sample.example/{form_id.replace('_', '-')}"
        body["lead_source"] = self.rng.choice(("organic", "paid_search", "social", "referral"))
        if self.chance(0.2):
            body["consent"] = {"email": True}
        self._note("form-submission", "website", body)

    def mail(self, kind: str, **more: object) -> None:
        """Something happened to a mail."""
        campaign = f"monthly-newsletter-{self.clock // (30 * DAY_MS)}-product-updates"
        body: Body = {"kind": kind, "campaign": campaign}
        body["message_id"] = (
            f"<{self.rng.getrandbits(128):032x}.{self.person.index}@mail.eu.sample.example>"
        )
        if kind == "clicked":
            body["link_url"] = f"https://www.sample.example/blog?utm_campaign={campaign}"
        self._note("email-engagement", "mailer", {**body, **more})

    def call(self, outcome: str, **more: object) -> None:
        """One of ours called, or was called."""
        self.until_office_hours()
        talked = outcome in {"connected", "gatekeeper"}
        body: Body = {
            "outcome": outcome,
            "agent_id": f"agent-{self.rng.randrange(1, 15):02d}",
            "duration_seconds": self.rng.randrange(60, 1800)
            if talked
            else self.rng.randrange(5, 40),
            "direction": "outbound",
            "phone": self.person.phone,
        }
        self._note("call-disposition", "dialer", {**body, **more}, DIALER_ZONE)

    def created(self, origin: str, **more: object) -> None:
        """The record enters the CRM by other means than a form."""
        person = self.person
        known: Body = {
            "email": person.email,
            "phone": person.phone,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "job_title": person.job_title,
            "company": person.company,
        }
        fields = {**_given(known), **more.pop("fields", {})}  # type: ignore[dict-item]
        self._note(
            "crm-update", "crm", {"action": "created", "origin": origin, "fields": fields, **more}
        )

    def asked(self, status: str, by_team: str, reason: str | None = None) -> None:
        """Somebody picks a status for the lead."""
        self.until_office_hours()
        body: Body = {"action": "status_requested", "status": status, "by_team": by_team}
        body["by"] = f"{by_team}-{self.rng.randrange(1, 9)}@sample.example"
        self._note("crm-update", "crm", body if reason is None else {**body, "reason": reason})

    def wanted(self, by_team: str) -> None:
        """A team asks for the lead."""
        self.until_office_hours()
        self._note("crm-update", "crm", {"action": "ownership_requested", "by_team": by_team})

    def profile(self, **fields: object) -> None:
        """Somebody corrects what is known of the person."""
        self._note("crm-update", "crm", {"action": "profile_updated", "fields": fields})

    def company(self, relationship: str) -> None:
        """The lead's company becomes a client, or ceases to be one; said of the company and of no lead."""
        body: Body = {"account_id": company_of(self.person.index), "relationship": relationship}
        self._note("account-update", "billing", body)

    def consent(self, **allowed: bool) -> None:
        """The person opts in or out."""
        self._note("crm-update", "crm", {"action": "consent_changed", "consent": allowed})

    def visit(self, category: str) -> None:
        """The person looks at a page."""
        body: Body = {"category": category, "seconds": self.rng.randrange(3, 400)}
        page = f"https://www.sample.example/{category}/{self.rng.randrange(1, 40)}"
        body["page_url"] = (
            f"{page}?utm_source=newsletter&utm_medium=email&visit={self.rng.getrandbits(128):032x}"
        )
        self._note("web-visit", "tracker", body)

    def _note(self, topic: str, source: str, body: Body, zone: timezone = UTC) -> None:
        event_id = f"{source}-{self.person.index:06d}-{len(self.moments):04d}-{self.rng.getrandbits(32):08x}"
        common: Body = {
            "event_id": event_id,
            "source": source,
            "occurred_at": time_text(self.clock, zone),
        }
        if topic != "account-update":
            common |= self.person.identity
        self.moments.append(Moment(self.clock, topic, {**common, **body}, self.person))
        self.clock += self.rng.randrange(1_000, 240_000)


def _given(fields: Body) -> Body:
    return {name: value for name, value in fields.items() if value is not None}
