"""What the checks say nothing of, and what they only remark; `tests/refused` has what they refuse."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any, get_args

import pytest

from worker.lifecycle.checker import findings_of
from worker.lifecycle.checker.happenings import happenings
from worker.lifecycle.checker.scores import least_engagement, most_engagement
from worker.lifecycle.language.parts import Engagement
from worker.lifecycle.language.words import Signal
from worker.lifecycle.signals import SILENT
from worker.presets import NAMES, examined


def found_in(folder: Path, text: str) -> list[tuple[str, str]]:
    """Returns (code, place) of everything said of a policy that is laid over the hand-raiser's."""
    path = folder / "mine.toml"
    path.write_text(f'extends = "hand-raiser"\n{text}', encoding="utf-8")
    return [(f.code, f.place) for f in examined(str(path)).findings if f.file == str(path)]


RULE = '[[rule]]\nid = "mine"\non = "web_visit"\nfrom = "mql"\nto = "sql"\n'
LOCK = '[lock.no]\nbars = "opportunity"\nset_on = "disqualified"\nlifted_on = "mql"\n'
WAITING = '[status.waiting]\nphase = "D3"\nteam = "marketing"\noutreach = "nurture"\n'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing at all"),
        pytest.param(
            '[[rule]]\nid = "mine"\non = "web_visit"\nfrom = ["mql", "opportunity"]\n'
            'when = { category = "pricing" }\nto = "sql"\n[[rule]]\nid = "other"\non = "web_visit"\n'
            'from = "mql"\nwhen = { category = "careers" }\nto = "sql"\n',
            id="two rules that take different words",
        ),
        pytest.param(
            '[moved]\nolder = "waiting"\n'
            + WAITING
            + 'stay = { for = "1 day", to = "waiting_too" }\n[status.waiting_too]\nphase = "D3"\n'
            'team = "marketing"\noutreach = "nurture"\nstay = { for = "5 minutes", to = "waiting" }\n',
            id="a circle with a day in it, reached from an older policy",
        ),
        pytest.param(
            LOCK + '[status.mql]\nstay = { for = "9 days", to = "opportunity" }\n',
            id="a stay that leads on where the lock is lifted",
        ),
        pytest.param(
            '[[rule]]\nid = "said_no"\non = "connected_call"\nfrom = "sql"\nto = "disqualified"\n'
            'when = { call_reason = ["went_cold", "other"] }\nreason_of_call = true\n',
            id="a no for which the call gives the reason",
        ),
        pytest.param(
            'fit = [{ when = { account_tier = "gold" }, points = 20 },'
            " { when = { employees = { at_least = 9 } }, points = 10 }]\n"
            + RULE
            + "when = { fit = { at_least = 30 } }\n",
            id="a threshold that two lines reach together",
        ),
        pytest.param(
            '[counter.clicks]\nof = "email_clicked"\nwithin = "7 days"\n'
            + RULE
            + "when = { clicks = { at_least = 16 } }\n",
            id="a counter asked for all it keeps",
        ),
        pytest.param(
            WAITING
            + 'pick = { by = "sales", from = "sql" }\nstay = { none = "waits for a sign" }\n',
            id="no way out, and the reason why",
        ),
    ],
)
def test_nothing_is_said_of_what_is_right(tmp_path: Path, text: str) -> None:
    assert [found for found in found_in(tmp_path, text) if found[0] != "order_matters"] == []


def test_rules_whose_order_matters_are_remarked(tmp_path: Path) -> None:
    text = (
        '[[rule]]\nid = "careers"\non = "web_visit"\nfrom = "mql"\nwhen = { category = "careers" }\n'
        'to = "disqualified"\nreason = "other"\n[[rule]]\nid = "any_visit"\non = "web_visit"\n'
        'from = "mql"\nto = "sql"\n[[rule]]\nid = "same"\non = "web_visit"\nfrom = "sql"\n'
        'when = { category = "careers" }\nto = "disqualified"\nreason = "other"\n'
    )
    assert found_in(tmp_path, text) == [("order_matters", "rule.careers")]


def test_rules_that_make_the_same_change_may_change_places(tmp_path: Path) -> None:
    text = RULE + 'when = { category = "careers" }\n' + RULE.replace('"mine"', '"other"')
    assert found_in(tmp_path, text) == []


def test_a_rule_is_not_shadowed_where_a_lock_stops_the_one_above(tmp_path: Path) -> None:
    again = '[[rule]]\nid = "{id}"\non = "web_visit"\nfrom = "disqualified"\nto = "{to}"\n'
    above = again.format(id="above", to="opportunity")
    below = again.format(id="below", to="sql")
    assert ("shadowed_rule", "rule.below") in found_in(tmp_path, above + below)
    lock = LOCK.replace('"mql"', '["mql", "sql"]')
    codes = [code for code, _ in found_in(tmp_path, above + below + lock)]
    assert codes == ["locked_way"]


def test_every_word_a_rule_can_wait_for_can_happen() -> None:
    heard = SILENT.union(*(one.signals for one in happenings()))
    assert heard == set(get_args(Signal))


CLICKS = {"on": "email_clicked", "points": 3, "cap": {"points": 15, "per": "week"}}


@pytest.mark.parametrize(
    "table,most",
    [
        ({"points": []}, 0),
        ({"points": [{"on": "form", "points": -5}]}, 0),
        ({"points": [CLICKS, {"on": "form", "points": 1}], "half_life": "1 day"}, inf),
        ({"points": [CLICKS]}, inf),
        ({"points": [], "idle": {"after": "9 days", "points": 1}}, inf),
        ({"points": [CLICKS], "half_life": "7 days"}, 1 + 15 + 15 * 2),
        (
            {
                "points": [CLICKS | {"cap": {"points": 9, "per": "day"}}, CLICKS],
                "half_life": "7 days",
            },
            1 + 15 * 3 + 9 * (1 + 1 / (1 - 0.5 ** (1 / 7))),
        ),
    ],
)
def test_engagement_has_a_most_where_every_gain_is_capped_and_fades(
    table: dict[str, Any], most: float
) -> None:
    assert most_engagement(Engagement.model_validate(table)) == pytest.approx(most)


@pytest.mark.parametrize(
    "table,least",
    [
        ({"points": [CLICKS]}, 0),
        ({"points": [{"on": "form", "points": -5}]}, -inf),
        ({"points": [], "idle": {"after": "9 days", "points": -1}}, -inf),
    ],
)
def test_engagement_falls_below_zero_where_something_is_lost(
    table: dict[str, Any], least: float
) -> None:
    assert least_engagement(Engagement.model_validate(table)) == least


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_of_any_rule_is_shadowed_by_that_rule_alone(name: str) -> None:
    document = examined(name).document
    assert document is not None
    rules = document.rule
    for place, rule in enumerate(rules):
        copy = rule.model_copy(update={"id": "copy"})
        with_copy = document.model_copy(update={"rule": (*rules, copy)})
        (found,) = findings_of(with_copy, remarks=False)
        assert (found.code, found.path) == ("shadowed_rule", ("rule", len(rules)))
        assert f"never matches: {rule.id} above" in found.message
        before = document.model_copy(update={"rule": (*rules[:place], copy, *rules[place:])})
        (found,) = findings_of(before, remarks=False)
        assert (found.code, found.path) == ("shadowed_rule", ("rule", place + 1))


def test_news_of_an_account_come_with_what_can_bring_them() -> None:
    remarks = [f for f in examined("inside-sales").findings if f.place == "rule.client_or_partner"]
    (found,) = remarks
    named = found.message.partition("before ")[2].partition(":")[0].split(", ")
    assert "said_no" not in named
    assert "wanted_by_sales" not in named
    assert {"raised_hand", "scored", "first_activity"} <= set(named)
