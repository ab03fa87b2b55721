"""What an operator is shown: the verdict first, then what was judged, what was under way, and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import orjson
import pytest

from tests.unit.ops.verify.judging import judged
from tests.unit.ops.verify.town import Logs
from topics.catalogue import name_of
from worker.ops.verify.report import quantiles
from worker.ops.verify.showing import show


@pytest.fixture
def doubled(logs: Logs) -> Logs:
    logs.put(logs.of(name_of("handoff"))[0])
    return logs


def test_a_pass_says_how_much_was_judged(honest: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    report = judged(honest)
    show(report, as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("PASS\n")
    assert f"{report.judged['items']:,} items of the inputs" in told
    assert "under way, not judged: -" in told
    assert report.in_a_sentence() == "nothing is wrong"


def test_a_fail_names_the_first_anomalies(
    doubled: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    report = judged(doubled)
    show(report, as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("FAIL\n")
    assert f"duplicate-effect 1\n  {report.first[0][1]}\n" in told
    assert report.in_a_sentence() == "1 duplicate-effect"


def test_what_a_deadline_may_have_overtaken_is_a_figure_with_its_places(
    honest: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    report = replace(judged(honest), overtaken=2, first_overtaken=["here", "there"])
    show(report, as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("PASS\n")
    assert "came behind it: 2\n  here\n  there\n" in told


def test_an_unknown_says_what_is_missing(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    logs.forget(name_of("handoff"), 0, 1)
    report = judged(logs)
    show(report, as_json=False)
    assert "unknown: leads.handoff.v1/0 begins at offset 1" in capsys.readouterr().out
    assert "begins at offset 1" in report.in_a_sentence()


def test_json_is_one_object_with_the_same_in_it(
    doubled: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    report = judged(doubled)
    show(report, as_json=True)
    told = orjson.loads(capsys.readouterr().out)
    assert (told["verdict"], told["anomalies"]) == ("FAIL", {"duplicate-effect": 1})
    assert told["first"] == [{"name": "duplicate-effect", "where": report.first[0][1]}]


@pytest.mark.parametrize(
    "tenths, found",
    [
        ({}, {}),
        ({3: 1}, {"p50": 300, "p99": 300, "most": 300}),
        ({0: 98, 5: 1, 70: 1}, {"p50": 0, "p99": 500, "most": 7_000}),
    ],
)
def test_lateness_is_told_by_its_quantiles(tenths: dict[int, int], found: dict[str, int]) -> None:
    assert quantiles(Counter(tenths)) == found
