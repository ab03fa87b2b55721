"""Ballast lies where it hinders: beside the group that it is meant for."""

from __future__ import annotations

import pytest

from tests.faults.ballast import beside, partition_of


@pytest.mark.parametrize(
    "group, hashed",
    [
        ("", 0),
        ("hello", 99_162_322),
        ("lead-router", 145_531_610),
        ("proof.lifecycle", 874_168_512),
    ],
)
def test_a_group_lies_where_java_puts_it(group: str, hashed: int) -> None:
    assert partition_of(group, 1 << 33) == hashed


@pytest.mark.parametrize("partitions", [1, 3, 50])
def test_ballast_lies_beside_its_group(partitions: int) -> None:
    for group in ("proof.intake", "proof.lifecycle", "proof.accounts"):
        other = beside(group, partitions)
        assert other != group
        assert partition_of(other, partitions) == partition_of(group, partitions)
