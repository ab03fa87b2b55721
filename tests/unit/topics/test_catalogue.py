"""The catalogue, and what is wrong with the topics of a cluster."""

from __future__ import annotations

import schemas
from topics.catalogue import DEAD_LETTER, INPUTS, OUTCOMES, RAW, catalogue, kind_of, name_of
from topics.settings import Found, config_of, differences
from worker.intake.adapters.vendors import TABLES


def found(**other: Found) -> dict[str, Found]:
    """Returns a cluster as it should be, but for some topics (their names with _ for . and -)."""
    told = {topic.name: Found(4, config_of(topic)) for topic in catalogue()}
    names = {name.replace(".", "_").replace("-", "_"): name for name in told}
    return told | {names[name]: topic for name, topic in other.items()}


def test_every_topic_is_there_once_and_says_what_it_carries() -> None:
    names = [topic.name for topic in catalogue()]
    assert len(names) == len(set(names))
    assert all(topic.carries and topic.key for topic in catalogue())


def test_the_catalogue_has_a_topic_for_every_event_and_vendor() -> None:
    assert [kind_of(topic.name) for topic in INPUTS] == list(schemas.EVENTS)
    assert [kind_of(topic.name) for topic in OUTCOMES] == list(schemas.OUTCOMES)
    assert [kind_of(topic.name) for topic in RAW] == list(TABLES)
    assert name_of("web-visit") == "leads.web-visit.v1"


def test_the_spine_is_kept_without_limit_and_state_is_compacted() -> None:
    configs = {topic.name: config_of(topic) for topic in catalogue("mine")}
    assert configs["leads.activity.v1"]["retention.ms"] == "-1"
    compacted = {name for name, config in configs.items() if config["cleanup.policy"] == "compact"}
    assert compacted == {
        "mine.lifecycle.changelog",
        "mine.accounts.changelog",
        "mine.intake.positions",
    }


def test_what_a_lane_reads_as_it_opens_stays_as_short_as_what_it_holds() -> None:
    for topic in catalogue():
        config = config_of(topic)
        if topic.cleanup == "compact":
            assert config["delete.retention.ms"] == "900000"
            assert config["segment.bytes"] == "52428800"
        else:
            assert not {"delete.retention.ms", "segment.bytes"} & set(config)


def test_a_dead_letter_has_room_for_any_input_and_its_headers() -> None:
    sizes = {
        topic.name: int(config_of(topic)["max.message.bytes"])
        for topic in (*INPUTS, *RAW, DEAD_LETTER)
    }
    assert sizes.pop("leads.dead-letter.v1") > max(sizes.values())


def test_a_cluster_as_it_should_be_has_no_differences() -> None:
    assert differences(catalogue(), found()) == []


def test_each_difference_is_a_sentence() -> None:
    here = found(
        leads_handoff_v1=Found(3),
        leads_web_visit_v1=Found(6),
        leads_call_disposition_v1=Found(4, {"max.message.bytes": "1000"}),
        leads_activity_v1=Found(4, {"retention.ms": "604800000"}),
        leads_account_log_v1=Found(4, {"retention.bytes": "1000"}),
        leads_dead_letter_v1=Found(4, {"max.message.bytes": "1048588"}),
        lead_router_lifecycle_changelog=Found(4, {"cleanup.policy": "delete"}),
    )
    del here["leads.refusal.v1"]
    assert [one.told for one in differences(catalogue(), here)] == [
        "leads.activity.v1 has retention.ms=604800000, it must be -1: every history begins there",
        "leads.account-log.v1 has retention.bytes=1000, it must be -1: every history begins there",
        "leads.handoff.v1 has 3 partitions, the spine leads.activity.v1 has 4: they must be equal",
        "leads.refusal.v1 is missing",
        "leads.dead-letter.v1 has max.message.bytes=1048588, it must be at least 2097176",
        "lead-router.lifecycle.changelog has cleanup.policy=delete, it must be compact",
        "lead-router.intake.positions has 4 partitions, leads.web-visit.v1 has 6: it needs as many",
    ]


def test_an_empty_cluster_lacks_everything() -> None:
    assert len(differences(catalogue(), {})) == len(catalogue())
