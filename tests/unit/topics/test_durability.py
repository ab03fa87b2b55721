"""How many copies topics have to have, and which of those that are there one broker may take along."""

from __future__ import annotations

from topics.durability import dangers, durability_of, usual_copies
from topics.settings import Found

SAFE = {"min.insync.replicas": "2", "unclean.leader.election.enable": "false"}


def test_of_three_copies_two_have_to_have_what_is_acknowledged_and_of_fewer_no_more_than_one() -> (
    None
):
    assert [durability_of(copies) for copies in (1, 2)] == [{}, {}]
    assert all(durability_of(copies) == {"min.insync.replicas": "2"} for copies in (3, 5, 7))


def test_a_topic_has_three_copies_where_there_are_as_many_brokers() -> None:
    assert [usual_copies(brokers) for brokers in (1, 2, 3, 9)] == [1, 2, 3, 3]


def test_as_many_copies_as_are_usual_are_in_no_danger() -> None:
    for brokers, copies in ((1, 1), (2, 2), (3, 3), (9, 3), (9, 5)):
        assert dangers({"one": Found(4, SAFE, copies)}, brokers) == []


def test_what_has_fewer_copies_than_usual_is_named_with_how_many() -> None:
    found = {"one": Found(4, SAFE, 1), "two": Found(4, SAFE, 2), "three": Found(4, SAFE, 3)}
    assert dangers(found, 3) == [
        "one: 1 copy, and there are 3 brokers",
        "two: 2 copies, and there are 3 brokers",
    ]
    assert dangers(found, 2) == ["one: 1 copy, and there are 2 brokers"]


def test_three_copies_are_of_no_use_where_one_is_enough_to_acknowledge() -> None:
    found = {"one": Found(4, SAFE | {"min.insync.replicas": "1"}, 3)}
    (told,) = dangers(found, 3)
    assert told.startswith("one: min.insync.replicas=1")
    two = {"one": Found(4, SAFE | {"min.insync.replicas": "1"}, 2)}
    assert dangers(two, 2) == []


def test_who_lacks_something_must_not_come_to_lead() -> None:
    unclean = SAFE | {"unclean.leader.election.enable": "true"}
    (told,) = dangers({"one": Found(4, unclean, 3)}, 3)
    assert told.startswith("one: unclean.leader.election.enable=true")
    assert dangers({"one": Found(4, unclean, 1)}, 1) == []


def test_many_topics_are_one_sentence() -> None:
    found = {f"topic-{number}": Found(4, SAFE, 2) for number in range(30)}
    assert dangers(found, 3) == [
        "topic-0, topic-1, topic-2 and 27 more: 2 copies, and there are 3 brokers"
    ]


def test_a_broker_that_does_not_tell_its_settings_is_believed() -> None:
    assert dangers({"__transaction_state": Found(0, {}, 3)}, 3) == []
