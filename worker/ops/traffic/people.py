"""Who the leads are: made-up persons, their companies, and how each source knows them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FIRST_NAMES = ("Ada", "Bea", "Carlos", "Chidi", "Elif", "Grace", "Ivo", "Jana", "Nadia", "Yuki")
LAST_NAMES = ("Berg", "Castro", "Diaz", "Hoang", "Kowalski", "Mensah", "Novak", "Silva", "Zhou")
COMPANY_NAMES = (
    "Alder",
    "Basalt",
    "Cedar",
    "Delta",
    "Fjord",
    "Harbor",
    "Lumen",
    "Nimbus",
    "Zenith",
)
COMPANY_KINDS = (
    "Logistics",
    "Software",
    "Foods",
    "Energy",
    "Health",
    "Textiles",
    "Robotics",
    "Media",
)
JOB_TITLES = (
    "Head of Operations",
    "VP Marketing",
    "CTO",
    "Director of IT",
    "Founder",
    "Data Engineer",
    "Marketing Specialist",
    "Buyer",
    "Operations Analyst",
    "Sales Associate",
    "Student",
    "Project Coordinator",
)
COUNTRIES = ("US", "DE", "GB", "FR", "ES", "PL", "BR", "JP", "IN", "CA")
PERSONAL_DOMAINS = ("gmail.com", "outlook.com", "web.de", "icloud.com")
PERSONAL_ADDRESS_SHARE = 0.12
WITHOUT_LEAD_ID_SHARE = 0.25
ONLY_PHONE_SHARE = 0.02
AREA_CODES = 600
LEADS_A_COMPANY = 40


@dataclass(frozen=True, slots=True)
class Person:
    """One lead; `key` is the lead's id as intake derives it, and the Kafka key of its events."""

    index: int
    lead_id: str | None
    email: str | None
    phone: str
    first_name: str
    last_name: str
    job_title: str
    company: str
    country: str
    employees: int
    mailer: str
    form_vendor: str
    dialer: str

    @property
    def key(self) -> str:
        """The lead id given, else derived from the address, else from the number."""
        return self.lead_id or (f"email:{self.email}" if self.email else f"phone:{self.phone}")

    @property
    def identity(self) -> dict[str, object]:
        """The fields by which events name this person."""
        named = {"lead_id": self.lead_id, "email": self.email}
        if self.email is None:
            named["phone"] = self.phone
        return {field: value for field, value in named.items() if value is not None}


def company_of(index: int) -> str:
    """The account of the lead with this number, if it comes to have one."""
    return f"acc-{index // LEADS_A_COMPANY:05d}"


def person_of(seed: int, index: int) -> Person:
    """The person with this number, the same for the same seed."""
    rng = Random(f"{seed}/person/{index}")
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    company, kind = rng.choice(COMPANY_NAMES), rng.choice(COMPANY_KINDS)
    personal = rng.random() < PERSONAL_ADDRESS_SHARE
    domain = rng.choice(PERSONAL_DOMAINS) if personal else f"{company}-{kind}.example".lower()
    only_phone = rng.random() < ONLY_PHONE_SHARE
    unnamed = only_phone or rng.random() < WITHOUT_LEAD_ID_SHARE
    return Person(
        index=index,
        lead_id=None if unnamed else f"lead-{index:06d}",
        email=None if only_phone else f"{first}.{last}.{index}@{domain}".lower(),
        phone=f"+1{200 + index // 100 % AREA_CODES}55501{index % 100:02d}",
        first_name=first,
        last_name=last,
        job_title=rng.choice(JOB_TITLES),
        company=f"{company} {kind}",
        country=rng.choice(COUNTRIES),
        employees=int(10 ** rng.uniform(0.7, 3.7)),
        mailer=rng.choices(("own", "sendgrid", "hubspot-email"), (70, 20, 10))[0],
        form_vendor=rng.choices(("own", "typeform"), (85, 15))[0],
        dialer=rng.choices(("own", "hubspot-call"), (85, 15))[0],
    )
