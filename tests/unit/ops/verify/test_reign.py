"""Which policy the spine says is in force, where versions that heed what an announcement replaces meet older ones."""

from __future__ import annotations

import pytest

from schemas.spine import PolicyInForce
from worker.ops.verify.reign import Reign

X, Y, Z, W = (PolicyInForce(digest, "{}") for digest in "xyzw")


def over(policy: PolicyInForce, replaced: PolicyInForce, since_ms: int | None) -> PolicyInForce:
    return PolicyInForce(policy.digest, "{}", over=replaced.digest, over_ms=since_ms)


def told(*named: tuple[PolicyInForce, int]) -> str:
    """Returns what is in force after messages that came at these times."""
    reign = Reign(W)
    assert not reign.has_begun
    for message, came_ms in named:
        reign.hear(message, came_ms)
    assert reign.has_begun
    assert reign.policy is not None
    return reign.policy.digest


def test_before_any_is_named_the_one_it_began_with_is() -> None:
    assert Reign(W).policy == W
    assert Reign().policy is None


@pytest.mark.parametrize(
    "second, in_force",
    [
        (over(Y, X, 10), "y"),
        (over(Y, X, 9), "x"),
        (over(Y, Z, 10), "x"),
        (over(Y, X, None), "y"),
        (over(Y, Z, None), "x"),
        (PolicyInForce("y", "{}", over=""), "x"),
        (Y, "y"),
    ],
)
def test_a_policy_takes_effect_over_what_it_was_to_replace(
    second: PolicyInForce, in_force: str
) -> None:
    assert told((X, 10), (second, 20)) == in_force


def test_who_comes_back_brings_no_policy_back() -> None:
    late = over(Y, X, 10)
    assert told((X, 10), (late, 20), (over(X, Y, 20), 30), (late, 40)) == "x"


def test_what_an_older_version_took_over_all_the_same_is_in_force_once_it_is_replaced() -> None:
    late = over(Z, X, 10)
    so_far = (X, 10), (over(Y, X, 10), 20), (late, 30)
    assert told(*so_far) == "y"
    assert told(*so_far, (over(W, Z, 30), 40)) == "w"
    assert told(*so_far, (over(W, Z, 31), 40)) == "y"
