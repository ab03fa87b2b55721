"""Which policy a lane decides under, what it says of that, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import spine
from schemas.spine import FormSubmitted, PolicyInForce
from tests.unit.stream.bench import NOON, Bench, form, versions
from worker import presets
from worker.lane.errors import ProcessorRefuses, WrittenByNewer
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.moving import statuses_without_a_home
from worker.stream.lifecycle import POLICY_KEY


def test_a_policy_that_has_no_place_for_leads_is_refused_with_the_statuses(
    policy: Policy,
) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    with pytest.raises(ProcessorRefuses, match="no place for leads in pre_inquiry, inquiry"):
        bench.open(presets.load("hand-raiser"))


def test_a_policy_that_says_where_leads_go_may_succeed(policy: Policy, tmp_path: Path) -> None:
    hand_raiser = presets.load("hand-raiser")
    moved = "".join(f'{name} = "mql"\n' for name in statuses_without_a_home(policy, hand_raiser))
    file = tmp_path / "moving.toml"
    file.write_text(f'extends = "hand-raiser"\nversion = "moving"\n[moved]\n{moved}')
    bench = Bench(policy)
    bench.fold(form(1))
    bench.open(presets.load(str(file)))
    assert len(bench.succession()) == 1


def test_a_lane_without_a_policy_keeps_the_loaded_one_and_announces_it_until_it_is_read(
    policy: Policy,
) -> None:
    bench = Bench(policy)
    assert bench.in_force() == PolicyInForce(policy.digest, policy.text, since_ms=0)
    (announced,) = bench.open(policy)
    assert announced == PolicyInForce(policy.digest, policy.text, over="")
    bench.fold(announced, arrived_at=NOON)
    assert bench.in_force().since_ms == NOON
    assert bench.open(policy) == []
    assert bench.succession() == []


def test_what_comes_before_the_first_announcement_is_decided_under_what_that_names(
    policy: Policy, revised: Policy
) -> None:
    """The lane announced one policy, died, and came back under another: messages lie before both announcements."""
    bench = Bench(policy)
    (again,) = bench.open(revised)
    assert again.digest == policy.digest
    (successor,) = bench.succession()
    assert versions(bench.fold(form(1), again)) == [policy.version]
    assert successor.digest == revised.digest


def test_the_old_policy_decides_until_the_new_one_is_read(policy: Policy, revised: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    bench.open(revised)
    (announced,) = bench.succession()
    before = bench.fold(spine.decode(spine.encode(form(2))))
    contact = FormSubmitted(
        event_id="e3", source="site", at=NOON + 3, content=3, form_id="contact_us"
    )
    after = bench.fold(announced, contact)
    assert set(versions(before)) <= {policy.version}
    assert set(versions(after)) == {"revised"}
    assert bench.succession() == []


def test_what_is_to_be_succeeded_says_since_when_it_is_in_force(
    policy: Policy, revised: Policy
) -> None:
    bench = Bench(policy)
    bench.fold(PolicyInForce(policy.digest, policy.text), arrived_at=NOON)
    bench.open(revised)
    found = bench.lifecycle.succession(bench.stage())
    assert found is not None
    assert found.over.startswith(f"{policy.digest} (inside-sales ")
    assert found.over.endswith("in force since 2025-10-09T08:53:20.000Z")


def test_the_same_announcement_again_changes_nothing(policy: Policy) -> None:
    bench = Bench(policy)
    named = PolicyInForce(policy.digest, policy.text)
    bench.fold(named, arrived_at=NOON)
    assert bench.fold(named, arrived_at=NOON + 1).changes() == {}


@pytest.mark.parametrize("older", [False, True], ids=["", "kept by an older version"])
def test_only_what_it_was_to_replace_is_replaced(
    older: bool, policy: Policy, revised: Policy
) -> None:
    """Of three workers that wanted to announce something two were frozen, and thaw when it is too late."""
    bench = Bench(policy)
    (first,) = bench.open(policy)
    bench.fold(first, arrived_at=NOON)
    if older:
        bench.table[POLICY_KEY] = bench.lifecycle.encode(PolicyInForce(policy.digest, policy.text))
    bench.open(revised)
    (meant,) = bench.succession()
    bench.fold(meant, arrived_at=NOON + 1)
    assert bench.in_force().digest == revised.digest
    for late in (first, meant):
        assert bench.fold(late, arrived_at=NOON + 2).changes() == {}
    bench.open(policy)
    (back,) = bench.succession()
    bench.fold(back, arrived_at=NOON + 3)
    assert bench.in_force().digest == policy.digest
    if not older:
        assert bench.fold(meant, arrived_at=NOON + 4).changes() == {}
    named_by_an_older_version = PolicyInForce(revised.digest, revised.text)
    bench.fold(named_by_an_older_version, arrived_at=NOON + 5)
    assert bench.in_force().digest == revised.digest


def test_a_policy_kept_by_an_older_version_is_in_force_and_not_announced_again(
    policy: Policy, revised: Policy
) -> None:
    bench = Bench(policy)
    older = PolicyInForce(policy.digest, policy.text)
    bench.table[POLICY_KEY] = bench.lifecycle.encode(older)
    assert bench.open(revised) == []
    assert bench.in_force() == older
    assert [told.digest for told in bench.succession()] == [revised.digest]


def test_a_policy_in_words_of_a_newer_version_is_refused_by_name(policy: Policy) -> None:
    bench = Bench(policy)
    newer = PolicyInForce("0123456789abcdef", '{"weather":"fine"}')
    bench.table[POLICY_KEY] = bench.lifecycle.encode(newer)
    with pytest.raises(WrittenByNewer, match="0123456789abcdef, says what this version does not"):
        bench.open(policy)


def test_one_that_the_spine_names_is_refused_before_it_is_kept(policy: Policy) -> None:
    bench = Bench(policy)
    with pytest.raises(WrittenByNewer):
        bench.fold(PolicyInForce("0123456789abcdef", '{"weather":"fine"}'))
    assert bench.in_force().digest == policy.digest
