"""What may become of an item: a byte, and a number beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, get_args

from schemas.dead_letter import DeadLetterCode

HELD = 1
"""There is such an item."""
IGNORABLE = 2
"""It may be nowhere, because it bears a word that the vendor's table leaves items out for."""
UNREADABLE = 4
"""It has to be a dead letter; with SOUND, it may be one, for its form."""
SOUND = 128
"""It has to be relayed, and it is known as what."""

CODES: tuple[str, ...] = get_args(DeadLetterCode)
_BIT_OF = {code: 1 << place for place, code in enumerate(CODES)}
PRINT_BITS = 21
"""Of a dead letter's print: beside the bits of eleven codes they fill 32."""
_PRINT = (1 << PRINT_BITS) - 1


class Fate(NamedTuple):
    """What has to become of an item; `word` is the print of what is relayed, or of a dead letter with its codes."""

    mark: int
    word: int = 0


OPEN = Fate(HELD)
"""It has to be somewhere, and that is all that is known."""
LEFT_OUT = Fate(HELD | IGNORABLE)


class Unreadable(Exception):
    """An item has to be a dead letter, with one of these codes."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = codes


def sound(relayed: int, *, or_refused: bool = False) -> Fate:
    """Returns the fate of an item that is relayed as what has that print; or is refused, under other settings."""
    return Fate(HELD | SOUND | (UNREADABLE if or_refused else 0), relayed)


def unreadable(codes: Iterable[str], letter: int) -> Fate:
    """Returns the fate of an item that is a dead letter of that print, with one of these codes."""
    return Fate(
        HELD | UNREADABLE, sum(map(_BIT_OF.__getitem__, codes)) << PRINT_BITS | letter & _PRINT
    )


def of_letter(one: Fate, letter: int) -> Fate:
    """Returns the same fate, with the print of the dead letter that it may become where nothing else goes with it."""
    return one if one.mark & SOUND else Fate(one.mark, letter & _PRINT)


def codes_in(word: int) -> list[str]:
    """Returns the codes that a dead letter may have."""
    return [code for code, bit in _BIT_OF.items() if word >> PRINT_BITS & bit]


def is_print_of(word: int, letter: int) -> bool:
    """Returns whether a dead letter is the one that is expected."""
    return word & _PRINT == letter & _PRINT
