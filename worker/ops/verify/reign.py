"""Which policy is in force on a partition of the spine, as whoever tells it again follows it: by rules of its own.

The first policy that is named is in force. From then on one that says what it replaces takes effect over that alone,
and one that says nothing of it, an older version's, over whatever is in force. Older versions take over what they were
not meant to: that one has is seen by a later message that replaces it, and what that says holds here again.
"""

from __future__ import annotations

from schemas.spine import PolicyInForce


class Reign:
    """One partition's."""

    def __init__(self, first: PolicyInForce | None = None) -> None:
        """Begins under a policy before any is named, if there is one."""
        self.policy = first
        self._since_ms: int | None = None
        self._passed_over: set[tuple[str, int]] = set()

    @property
    def has_begun(self) -> bool:
        """Whether a policy was named."""
        return self._since_ms is not None

    def hear(self, named: PolicyInForce, came_ms: int) -> None:
        """Takes a message that names a policy, and came at a time (UTC ms)."""
        if self.policy is None or self._since_ms is None:
            self.policy, self._since_ms = named, came_ms
        elif named.digest == self.policy.digest:
            return
        elif self._is_replaced_by(named):
            self.policy, self._since_ms = named, came_ms
        else:
            self._passed_over.add((named.digest, came_ms))

    def _is_replaced_by(self, named: PolicyInForce) -> bool:
        if named.over is None:
            return True
        if named.over_ms is None:
            return self.policy is not None and named.over == self.policy.digest
        over = (named.over, named.over_ms)
        here = self.policy is not None and over == (self.policy.digest, self._since_ms)
        return here or over in self._passed_over
