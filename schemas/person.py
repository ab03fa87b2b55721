"""What an event may say of a person: profile, answers, consent."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from schemas.lacking import lacking_is_allowed, without_lacking

Scalar = str | int | float | bool | None
"""A value that somebody typed or chose."""


_MOST = 2**63 - 1


def _whole(employees: int | str | None) -> int | str | None:
    if not isinstance(employees, str) or not employees:
        return employees
    if (whole := int(employees)) > _MOST:
        raise PydanticCustomError("employees_digits", "Input should be within 64 bits")
    return whole


Employees = Annotated[
    Annotated[int, Field(ge=0)]
    | Annotated[str, Field(pattern="^[0-9]{0,19}$", description="digits")]
    | None,
    AfterValidator(_whole),
]
"""How many work there: a whole number, or its digits as text, which become one; "" is no answer."""


class Answers(TypedDict, total=False):
    """The qualification questions; null, false, 0, "", "0", "no", "none" and "unknown" are answers that lack."""

    timeline: Scalar
    budget: Scalar
    authority: Scalar
    need: Scalar
    compelling_event: Scalar
    buy_cycle: Scalar
    size: Scalar
    permission: Scalar


# mypy does not know PEP 728 yet
class Fields(TypedDict, total=False, extra_items=Scalar):  # type: ignore[call-arg]
    """What was typed in: profile keys, qualification answers, and keys of the form's own."""

    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    job_title: str | None
    company: str | None
    country: str | None
    employees: Employees
    industry: str | None
    account_id: str | None
    account_tier: str | None
    lead_source: str | None


class Consent(BaseModel):
    """What the person allows, by channel; null says nothing."""

    model_config = ConfigDict(
        strict=True, frozen=True, defer_build=True, json_schema_extra=lacking_is_allowed
    )

    email: bool | None = Field(None, description="Whether e-mail is welcome.")
    phone: bool | None = Field(None, description="Whether calls are welcome.")

    @model_validator(mode="before")
    @classmethod
    def _lacking_is_absent(cls, told: object) -> object:
        return without_lacking(cls, told)
