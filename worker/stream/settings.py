"""Every name, address and limit of the worker, in one place.

A value comes from the environment (`LEAD_ROUTER_BOOTSTRAP` fills `bootstrap`), else from the TOML file that
`LEAD_ROUTER_SETTINGS` names, else from the default below. A secret is never part of an error message or a `repr`.
"""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from worker.lane.limits import Limits

PREFIX = "LEAD_ROUTER_"
FILE_VARIABLE = f"{PREFIX}SETTINGS"

Partitions = Annotated[int, Field(ge=1, le=512)]
"""At most 512: who holds all lanes of one number has up to four connections, and five more to each broker."""


class SettingsError(ValueError):
    """Says which settings are wrong, and what is allowed; never what was found in a secret."""


class Settings(BaseSettings):
    """What an operator may choose."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    bootstrap: str = "127.0.0.1:9092"
    """Kafka's bootstrap servers, host:port, separated by commas."""
    application_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "lead-router"
    """Names the consumer groups, the changelog and the transactional ids; one per installation on a cluster."""
    policy: str = "inside-sales"
    """A preset's name, or the path of a policy file."""
    strict: bool = False
    """Refuses events with unknown fields (dead letter) instead of ignoring these fields."""
    hubspot_dispositions: FilePath | None = None
    """A file of HubSpot call dispositions of one's own: TOML, a line GUID = "outcome" each."""

    partitions: Partitions = 4
    """How many partitions `topics apply` gives each topic; raising it later needs new topics."""
    replication_factor: Annotated[int, Field(ge=0, le=7)] = 0
    """How many copies `topics apply` asks for; 0: three, or as many as there are brokers where that is fewer."""

    group_instance_id: str | None = None
    """Static membership (a pod's name): a worker that restarts within the session time-out keeps its partitions."""
    limits: Limits = Limits()
    """Times and sizes of the record path, each with its reason in `worker/lane/limits.py`; one of them alone is set
    by `LEAD_ROUTER_LIMITS__SESSION_SECONDS` and the like."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to speak to the brokers."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    """How to log in, with a SASL protocol."""
    sasl_username: str | None = None
    """The user to log in as, with a SASL protocol."""
    sasl_password: SecretStr | None = None
    """That user's password."""
    ssl_cafile: FilePath | None = None
    """Certificates of the authorities to trust (PEM); without one, those of the system."""
    ssl_certfile: FilePath | None = None
    """The worker's own certificate (PEM), where the brokers ask for one."""
    ssl_keyfile: FilePath | None = None
    """The key of that certificate (PEM)."""

    web_host: str = "127.0.0.1"
    """Where /livez, /readyz and /metrics listen; 0.0.0.0 within a container."""
    web_port: Annotated[int, Field(ge=0, le=65_535)] = 9464
    """Their port; 0 picks a free one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line to write."""
    log_format: Literal["json", "console"] = "json"
    """JSON lines for machines, or coloured lines for people."""

    @field_validator("limits")
    @classmethod
    def _positive(cls, limits: Limits) -> Limits:
        """Refuses a limit that lets nothing through."""
        for limit in fields(limits):
            if limit.type != "bool" and getattr(limits, limit.name) <= 0:
                raise ValueError(f"{limit.name} must be greater than 0")
        return limits

    @model_validator(mode="after")
    def _agree(self) -> Settings:
        """Refuses combinations that cannot connect."""
        if self.security_protocol.startswith("SASL") and not (
            self.sasl_username and self.sasl_password
        ):
            raise ValueError(f"{self.security_protocol} needs sasl_username and sasl_password")
        if (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            raise ValueError("ssl_certfile and ssl_keyfile go together")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is the library's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Looks into arguments, then the environment, then the settings file."""
        path = os.environ.get(FILE_VARIABLE)
        file = (TomlConfigSettingsSource(settings_cls, toml_file=path),) if path else ()
        return (init_settings, env_settings, *file)

    def group_of(self, processor: str) -> str:
        """Returns the consumer group of a processor, by its name."""
        return f"{self.application_id}.{processor}"

    @property
    def intake_group(self) -> str:
        """The consumer group of intake."""
        return self.group_of("intake")

    @property
    def lifecycle_group(self) -> str:
        """The consumer group of lifecycle."""
        return self.group_of("lifecycle")

    @property
    def accounts_group(self) -> str:
        """The consumer group of accounts."""
        return self.group_of("accounts")


def load(**chosen: object) -> Settings:
    """Returns the settings in force, `chosen` first; raises SettingsError with one line per fault."""
    path = os.environ.get(FILE_VARIABLE)
    if path and not Path(path).is_file():
        raise SettingsError(f"{FILE_VARIABLE}: no such file: {path}")
    try:
        return Settings(**chosen)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        faults = [_fault(detail) for detail in error.errors(include_input=False, include_url=False)]
        raise SettingsError("\n".join(faults)) from None
    except ValueError as error:  # the file is no TOML
        raise SettingsError(f"{FILE_VARIABLE}: {path}: {error}") from None


def told() -> list[tuple[str, str]]:
    """Returns each setting's variable, and its meaning with its default; of limits the default alone."""
    meant = [
        (
            f"{PREFIX}{name.upper()}",
            f"{field.description}{_default(field.default)}".replace("\n", " "),
        )
        for name, field in Settings.model_fields.items()
    ]
    limits = [
        (f"{PREFIX}LIMITS__{limit.name.upper()}", _default(limit.default).strip())
        for limit in fields(Limits)
    ]
    return meant + limits


def _default(value: object) -> str:
    """Returns how a default is shown: what has none, or many parts, is not."""
    return f" [{value}]" if isinstance(value, str | int | float) else ""


def _fault(detail: ErrorDetails) -> str:
    """Says one fault in one line, under the name an operator would change."""
    name = "__".join(str(part) for part in detail["loc"])
    unknown = detail["type"] == "extra_forbidden"
    message = "no such setting" if unknown else detail["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}: {message}" if name else message
