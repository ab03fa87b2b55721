"""Values of every kind that is written to a changelog, the spine or the account-log: bare ones, and full ones.

A full one has something else than the default in every field; `turn` chooses among the words of a vocabulary and the
members of a union, so that with enough turns each of them occurs.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from msgspec import inspect

from schemas import account_log, spine
from schemas.account_log import AccountMessage
from schemas.spine import PolicyInForce, SpineMessage
from worker.accounts.records import Kept
from worker.lane.birth import Birth, birth_of, birth_record
from worker.lane.inputs import ids_of, inputs_record
from worker.lane.origins import Origins, origin_records
from worker.lane.positions import position_record, positions_of
from worker.lane.processor import TopicPartition
from worker.lifecycle.record import Lead
from worker.stream.accounts import Accounts
from worker.stream.lifecycle import Lifecycle, state_of

TURNS = 12
"""As many as the longest vocabulary has words."""
APART = 13
"""How far the turns of neighbouring fields lie apart: odd, so that no two of them change places unnoticed."""


def full(wanted: inspect.Type, turn: int) -> Any:
    """Returns a value of a type with every field set."""
    match wanted:
        case inspect.StructType():
            fields = enumerate(wanted.fields)
            return wanted.cls(**{one.name: full(one.type, turn + APART * n) for n, one in fields})
        case inspect.UnionType():
            some = [one for one in wanted.types if not isinstance(one, inspect.NoneType)]
            return full(some[turn % len(some)], turn)
        case inspect.LiteralType():
            return wanted.values[turn % len(wanted.values)]
        case inspect.DictType():
            return {full(wanted.key_type, turn): full(wanted.value_type, turn)}
        case inspect.VarTupleType():
            return (full(wanted.item_type, turn),)
        case inspect.TupleType():
            return tuple(full(one, turn) for one in wanted.item_types)
        case _:
            return _plain(wanted, turn)


def _plain(wanted: inspect.Type, turn: int) -> Any:
    values: dict[type[inspect.Type], Any] = {
        inspect.StrType: f"Zoë {turn}",
        inspect.IntType: 1_760_000_000_000 + turn,
        inspect.FloatType: 0.5 + turn,
        inspect.BoolType: turn % 2 == 0,
        inspect.BytesType: bytes(n % 256 for n in range(turn, turn + 16)),
    }
    return values[type(wanted)]


def meaning(value: Any) -> Any:
    """Returns what a value says: the fields of a Struct by name, its class beside them."""
    if isinstance(value, msgspec.Struct):
        fields = {name: meaning(getattr(value, name)) for name in value.__struct_fields__}
        return {"class": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): meaning(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [meaning(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is written: how, how it is read again, and the values to try."""

    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]
    values: Callable[[], Iterator[Any]]


def _of(*classes: type) -> Callable[[], Iterator[Any]]:
    def values() -> Iterator[Any]:
        for one in classes:
            yield from (full(inspect.type_info(one), turn) for turn in range(TURNS))

    return values


def _origin(value: bytes) -> tuple[int, int] | None:
    origins = Origins()
    origins.recover(b"\x00origin/leads.form-submission.v1/3", value)
    return origins.last(("leads.form-submission.v1", 3))


SOURCE = ("leads.form-submission.v1", 3)
KINDS: Mapping[str, Kind] = {
    "lead": Kind(
        lambda lead: Lifecycle.encode(None, lead),  # type: ignore[arg-type]  # of itself it uses nothing
        state_of,
        lambda: iter([Lead(), *_of(Lead)()]),
    ),
    "policy-in-force": Kind(
        lambda held: Lifecycle.encode(None, held),  # type: ignore[arg-type]  # as above
        state_of,
        _of(PolicyInForce),
    ),
    "account": Kind(
        lambda kept: Accounts.encode(None, kept),  # type: ignore[arg-type]  # as above
        lambda value: Accounts.decode(None, value),  # type: ignore[arg-type]  # as above
        _of(*get_args(Kept)),
    ),
    "position": Kind(
        lambda at: position_record({TopicPartition(topic, 0): n for topic, n in at.items()})[1],
        positions_of,
        lambda: iter([{"leads.activity.v1": 2**40, "leads.web-visit.v1": 0}]),
    ),
    "origin": Kind(
        lambda place: origin_records({SOURCE: tuple(place)})[0][1],
        _origin,
        lambda: iter([(2**40, 9_999)]),
    ),
    "inputs": Kind(
        lambda ids: inputs_record(ids)[1],
        ids_of,
        lambda: iter([{"leads.activity.v1": "pVdRQHrMSq6Zs1yXQ2m3Fg"}]),
    ),
    "birth": Kind(lambda birth: birth_record(birth)[1], birth_of, lambda: iter([Birth(64, 1)])),
    "spine": Kind(spine.encode, spine.decode, _of(*get_args(SpineMessage))),
    "account-log": Kind(account_log.encode, account_log.decode, _of(*get_args(AccountMessage))),
}
