"""What a lane holds in memory: a cache of its changelog partition, complete once it was read to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker.lane.birth import BIRTH_KEY, Birth, birth_of
from worker.lane.deadlines import Deadlines
from worker.lane.errors import ChangelogDamaged
from worker.lane.inputs import INPUTS_KEY, ids_of
from worker.lane.origins import Origins
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import DUE_BYTES, LANE_OWN, NEVER, Record, due_of


class Table:
    """States, positions, origins and the index of deadlines of one lane."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.origins = Origins()
        self.positions: dict[str, int] = {}
        self.inputs: dict[str, str] = {}
        self.birth: Birth | None = None
        self.deadlines = Deadlines(self.values)

    @property
    def empty(self) -> bool:
        """Returns whether its changelog has never held anything of what a lane keeps."""
        return self.birth is None and not self.positions and not self.values

    def recover(self, records: Sequence[Record]) -> None:
        """Takes changelog records over, in their order. Decodes none but the lane's own."""
        values = self.values
        for record in records:
            key, value = record.key or b"", record.value
            if key.startswith(LANE_OWN):
                self._recover_own(key, value)
            elif value is None:
                values.pop(key, None)
            else:
                values[key] = value

    def _recover_own(self, key: bytes, value: bytes | None) -> None:
        """Takes over what the lane keeps for itself; `ChangelogDamaged` where that is nothing a lane has written."""
        if value is None:
            return
        try:
            if self.origins.recover(key, value):
                return
            if key == POSITION_KEY:
                self.positions = positions_of(value)
            elif key == INPUTS_KEY:
                self.inputs = ids_of(value)
            elif key == BIRTH_KEY:
                self.birth = birth_of(value)
        except (ValueError, RecursionError) as error:  # msgspec's and those of text are such
            name = key.removeprefix(LANE_OWN).decode(errors="backslashreplace")
            raise ChangelogDamaged(
                f"the lane's own record {name} of {len(value)} bytes is none that a lane writes"
            ) from error

    def apply(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Takes over the states that a committed transaction changed."""
        values, deadlines = self.values, self.deadlines
        for key, value in changes.items():
            old = values.get(key)
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
            if old is None or value is None or old[:DUE_BYTES] != value[:DUE_BYTES]:
                deadlines.changed(key, _due(old), _due(value))


def _due(value: bytes | None) -> int:
    return NEVER if value is None else due_of(value)
