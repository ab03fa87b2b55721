"""Where a key goes: Kafka's own partitioner, so that any producer that uses it agrees."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2

KEYS_REMEMBERED = 65_536
"""Partitions kept by key, about 10 MB: the hash takes 8 us in Python, and a lead seldom comes alone."""


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: int) -> int:
    """Returns the partition that Kafka's own partitioner gives a key."""
    hashed: int = murmur2(key) & 0x7FFFFFFF
    return hashed % partitions
