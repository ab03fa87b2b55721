"""Who came to an account and who left it: what the account-log says beside what the spine leads to.

Everything that concerns one lead and one account is written by one lane, in order, so a short text tells it: `J` for
each time the lead came, `L` for each time it left. What was said is noted first, and taken off as it is told again.
"""

from __future__ import annotations

from schemas.account_log import MemberJoined, Membership
from worker.ops.verify.findings import Findings


class Members:
    """What was said of each lead and account, as far as the spine has not yet led to it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._said: dict[tuple[str, str], str] = {}

    def say(self, membership: Membership) -> None:
        """Notes what stands on the account-log."""
        of = (membership.account_id, membership.lead_id)
        self._said[of] = self._said.get(of, "") + _letter(membership)

    def expect(self, membership: Membership, *, certain: bool) -> None:
        """Takes off what the spine leads to; where it must be there and is not, it is lost."""
        of, letter = (membership.account_id, membership.lead_id), _letter(membership)
        said = self._said.get(of, "")
        if said.startswith(letter):
            if len(said) == 1:
                del self._said[of]
            else:
                self._said[of] = said[1:]
        elif certain:
            self._findings.name("lost", f"account-log: that {_words(of, letter)}")

    def of(self, passed: int) -> MembersOf:
        """Returns those that one partition of the spine tells of; its lane had passed that offset beforehand."""
        return MembersOf(self, passed)

    def close(self) -> None:
        """Names what nothing on the spine has led to."""
        for of, said in self._said.items():
            where = f"account-log: that {_words(of, said[0])}"
            self._findings.name_nameless("phantom", where)


class MembersOf:
    """The members that one partition of the spine tells of."""

    def __init__(self, members: Members, passed: int) -> None:
        self._members = members
        self._passed = passed

    def expect(self, membership: Membership, offset: int) -> None:
        """Takes off what a message at that offset leads to."""
        self._members.expect(membership, certain=offset < self._passed)


def _letter(membership: Membership) -> str:
    return "J" if isinstance(membership, MemberJoined) else "L"


def _words(of: tuple[str, str], letter: str) -> str:
    account, lead = of
    return f"{lead} {'came to' if letter == 'J' else 'left'} {account}"
