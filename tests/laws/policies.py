"""Random policies: small documents over the whole vocabulary, and the ones that are shipped or that tests bring.

A random policy is made by dice from a number, because a strategy for each of its parts takes half a second a policy;
Hypothesis shrinks the history, and a policy of two to six statuses is small enough to read.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, get_args

from hypothesis import strategies as st

from tests.laws.histories import ANSWERS, FORMS, ORIGINS, PAGES, REASONS, TEAMS
from worker.lifecycle.checker import findings_of
from worker.lifecycle.language.compiler import compiled
from worker.lifecycle.language.facts import FACTS
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import parsed
from worker.lifecycle.language.words import Signal
from worker.presets import NAMES, load

SAMPLES = sorted((Path(__file__).parents[1] / "policies").glob("*.toml"))
FIXED = {Path(name).stem: load(name) for name in (*NAMES, *map(str, SAMPLES))}

Table = dict[str, Any]
SIGNALS = list(get_args(Signal))
SPANS = ["20 days", "3 months", "12 months", "40 days"]
COUNTERS = {"often": "number", "lately": "number"}
TEXTS = {
    "intent": ["action", "informational"],
    "form_id": FORMS,
    "category": PAGES,
    "origin": ORIGINS,
    "sentiment": ["positive", "negative"],
    "call_reason": REASONS,
    "account_tier": ["target", "other"],
    "relationship": ["client", "prospect", "partner"],
}
"""What facts are compared with; others with a company's name and a title."""
ACTIONS: list[Table] = [
    {"do": "create_opportunity", "amount": 5, "timeline_from": "timeline"},
    {"do": "create_account_contact_opportunity"},
    {"do": "attach_contact"},
    {"do": "review"},
]


class Dice:
    """Makes the parts of one policy."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names = [f"status_{place}" for place in range(self.random.randint(2, 6))]
        self.shut = self.some(self.names) if self.heads() else []
        self.disabled = self.names[:1] if len(self.names) > 2 and self.heads() else []

    def heads(self) -> bool:
        return self.random.random() < 0.5

    def one(self, of: list[Any]) -> Any:
        return self.random.choice(of)

    def some(self, of: list[str], most: int = 2) -> list[str]:
        return self.random.sample(of, self.random.randint(1, min(most, len(of))))

    def perhaps(self, **parts: Any) -> Table:
        """Keeps each part or leaves it out."""
        return {name.rstrip("_"): part for name, part in parts.items() if self.heads()}

    def matcher(self, kind: str, name: str) -> Any:
        texts = TEXTS.get(name, ["Acme", "clerk"])
        bound, known = self.one(["at_least", "below"]), {"known": self.heads()}
        return {
            "text": self.one([self.one(texts), self.some(texts), known]),
            "team": self.one([self.one(TEAMS), self.some(TEAMS)]),
            "number": self.one([self.one([1, 3]), {bound: 2}, known]),
            "points": {bound: self.one([0, 5, 20])},
            "yes_or_no": self.heads(),
            "names": self.one([self.one(ANSWERS), {"all_of": self.some(ANSWERS)}]),
        }[kind]

    def facts(self, about: set[str], own: dict[str, str], least: int = 0) -> Table:
        kinds = {name: str(fact.kind) for name, fact in FACTS.items() if fact.about in about} | own
        asked = self.random.sample(sorted(kinds), self.random.randint(least, 2))
        return {name: self.matcher(kinds[name], name) for name in asked}

    def conditions(self, about: set[str], own: dict[str, str]) -> Table:
        """Facts, and now and then any, all and not of further facts."""
        found = self.facts(about, own)
        if self.random.random() < 0.2:
            found["any"] = [self.facts(about, own), self.facts(about, own, 1)]
        if self.random.random() < 0.2:
            found["all"] = [self.facts(about, own)]
        if self.random.random() < 0.2:
            found["not"] = self.facts(about, own, 1)
        return found

    def legs(self, name: str) -> Any:
        """A stay without an end, or one or two legs; none leads to what a lock may shut."""
        others = [one for one in self.names if one not in {name, *self.shut, *self.disabled}]
        endless: Table = {"none": "nobody waits"}
        silence: Table = {"for": "40 days", "closes": "email", "reason": "no_engagement"}
        silence |= {"since": self.some(SIGNALS), "until": self.some(SIGNALS)}
        if not others:
            return self.one([[endless], [silence, endless]])
        ends: Table = {"for": self.one(SPANS), "to": self.one(others)}
        ends |= self.perhaps(
            since=self.some(SIGNALS),
            reason=self.one(REASONS),
            keep_reason=self.heads(),
            except_reasons=self.some(REASONS),
        )
        return self.one([[endless], [ends], [ends], [silence, ends], [silence, endless]])

    def status(self, name: str) -> Table:
        places = ["new", *self.names]
        pick = {"by": self.some(TEAMS, 4), "from": self.some(places, 4)}
        pick |= self.perhaps(set={"how": "by_hand"}, reasons=self.some(REASONS))
        forgets = {"what": self.one(["answers", "engagement"])}
        found = {
            "phase": self.one(["P2", "P4", "D2"]),
            "outreach": self.one(["nurture", "re_engage", "none"]),
            "stay": self.legs(name),
        }
        return found | self.perhaps(
            pick=[pick],
            reasons=self.some(REASONS),
            requires=self.some(ANSWERS, 1),
            details=self.some([*ANSWERS, "how"]),
            forgets=[forgets | {"from": self.one([self.some(places), "any"])}],
        )

    def handed_over(self) -> Table:
        """Whose a status is, if anybody's, and what they are to do."""
        when = self.conditions({"person", "lifecycle"}, COUNTERS)
        actions = self.one([[], [self.one(ACTIONS) | {"when": when}]])
        handoff = {"respond_within": "1 day", "actions": actions}
        return self.one([{}, {"team": self.one(TEAMS), "handoff": handoff}])  # type: ignore[no-any-return]

    def rule(self, place: int) -> Table:
        about, own = {"activity", "person", "lifecycle"}, COUNTERS | {"odd": "yes_or_no"}
        return {
            "id": f"rule_{place}",
            "on": self.one([self.some(SIGNALS, 3), ["marketing_activity", "profile_activity"]]),
            "from": self.one([self.some(["new", *self.names], 3), "any"]),
            "to": self.one(self.names),
            "reason_of_call": self.heads(),
        } | self.perhaps(
            when=self.conditions(about, own), reason=self.one(REASONS), set={"how": "by_rule"}
        )

    def points(self) -> Table:
        cap = self.one([{"points": 15, "per": "week"}, {"points": 6, "per": "day"}])
        line = {"on": self.one(SIGNALS), "points": self.one([-7, 0.5, 3, 11, 40])}
        return line | self.perhaps(when=self.facts({"activity", "person"}, {}), cap=cap)

    def counters(self) -> Table:
        since = self.one(["ever", "entering", "zeroing"])
        often, lately = self.one(SIGNALS), self.one(SIGNALS)
        return {
            "often": {"of": often, "since": since},
            "lately": {"of": lately, "within": "30 days"},
        }

    def document(self) -> Table:
        lock = {"bars": self.shut, "set_on": self.some(self.names)}
        lock |= {"lifted_on": self.some(self.names)}
        fading = self.perhaps(half_life="30 days", idle={"after": "10 days", "points": -4})
        lines = [self.points() for _ in range(self.random.randint(0, 6))]
        rules = [self.rule(place) for place in range(self.random.randint(1, 8))]
        return {
            "name": "random",
            "version": "1",
            "teams": {team: team for team in TEAMS} | self.perhaps(sales="channel"),
            "live_exchange_with": self.some(TEAMS, 3),
            "first_handoff": {"from": "marketing", "origin": {"channel": "channel"}},
            "forms": {"default": "informational", "action": ["pricing"]},
            "roles_of_decision": ["vp", "founder"],
            "personal_domains": ["gmail.com"],
            "engagement": fading | {"points": lines},
            "fit": [{"when": self.conditions({"person"}, {}), "points": 4}],
            "trait": {"odd": self.facts({"activity", "person"}, {}, 1)},
            "counter": self.counters(),
            "lock": {"mql": lock} if self.shut else {},
            "status": {name: self.status(name) | self.handed_over() for name in self.names},
            "disabled": self.disabled,
            "rule": rules,
        }


@lru_cache(maxsize=1 << 10)
def random_policy(seed: int) -> Policy:
    """Returns the policy of a number."""
    return compiled(parsed(Dice(seed).document()))


def policies() -> st.SearchStrategy[Policy]:
    """Random policies that can be used."""
    return st.integers(min_value=0, max_value=1 << 16).map(random_policy)


@cache
def accepted() -> list[int]:
    """Returns the numbers, among the first 400, of the policies that the checker accepts: one of twenty."""
    documents = ((seed, parsed(Dice(seed).document())) for seed in range(400))
    return [seed for seed, document in documents if not findings_of(document, remarks=False)]


def fixed_policy(name: str) -> Policy:
    """Returns one of the policies there are; by name, so that an example says which."""
    return FIXED[name]


def any_policy() -> st.SearchStrategy[Policy]:
    """One of the policies there are, or a random one."""
    return st.sampled_from(sorted(FIXED)).map(fixed_policy) | policies()


def live_policy() -> st.SearchStrategy[Policy]:
    """A random policy that the checker accepts."""
    return st.deferred(lambda: st.sampled_from(accepted())).map(random_policy)
