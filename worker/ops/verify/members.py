"""Who came to an account and who left it: what the account-log says beside what the spine leads to.

Everything that concerns one lead and one account is written by one lane, in order, so a short text tells it: `J` for
each time the lead came, `L` for each time it left. What was said is noted first, in small letters where it was said
before the time that is judged, and taken off as it is told again. Another installation may say the same in between.
"""

from __future__ import annotations

from schemas.account_log import MemberJoined, Membership
from worker.ops.verify.findings import Findings


class Members:
    """What was said of each lead and account, as far as the spine has not yet led to it."""

    def __init__(self, findings: Findings, judged_from_ms: int) -> None:
        self._findings = findings
        self._judged_from_ms = judged_from_ms
        self._said: dict[tuple[str, str], str] = {}

    def say(self, membership: Membership, came_ms: int) -> None:
        """Notes what stands on the account-log."""
        of, letter = (membership.account_id, membership.lead_id), _letter(membership)
        letter = letter if came_ms >= self._judged_from_ms else letter.lower()
        self._said[of] = self._said.get(of, "") + letter

    def expect(self, membership: Membership, *, certain: bool) -> None:
        """Takes off what the spine leads to, and what is before it; where it must be there and is not, it is lost."""
        of, letter = (membership.account_id, membership.lead_id), _letter(membership)
        said = self._said.get(of, "")
        place = said.upper().find(letter)
        if place >= 0:
            self._too_much(of, said[:place])
            self._keep(of, said[place + 1 :])
        elif certain:
            self._findings.name("lost", f"account-log: that {_words(of, letter)}")

    def of(self, passed: int) -> MembersOf:
        """Returns those that one partition of the spine tells of; its lane had passed that offset beforehand."""
        return MembersOf(self, passed, self._judged_from_ms)

    def close(self) -> None:
        """Names what nothing on the spine has led to."""
        for of, said in self._said.items():
            self._too_much(of, said)

    def _keep(self, of: tuple[str, str], said: str) -> None:
        if said:
            self._said[of] = said
        else:
            del self._said[of]

    def _too_much(self, of: tuple[str, str], said: str) -> None:
        for letter in filter(str.isupper, said):
            self._findings.name_nameless("phantom", f"account-log: that {_words(of, letter)}")


class MembersOf:
    """The members that one partition of the spine tells of."""

    def __init__(self, members: Members, passed: int, judged_from_ms: int) -> None:
        self._members = members
        self._passed = passed
        self._judged_from_ms = judged_from_ms

    def expect(self, membership: Membership, offset: int, came_ms: int) -> None:
        """Takes off what a message at that offset leads to; what came before the time that is judged is not missed."""
        is_judged = offset < self._passed and came_ms >= self._judged_from_ms
        self._members.expect(membership, certain=is_judged)


def _letter(membership: Membership) -> str:
    return "J" if isinstance(membership, MemberJoined) else "L"


def _words(of: tuple[str, str], letter: str) -> str:
    account, lead = of
    return f"{lead} {'came to' if letter == 'J' else 'left'} {account}"
