"""
The simulation of Vowpal Wabbit's tutorial "Simulating a news personalization scenario using Contextual Bandits":
2 users × 2 times of day, 7 articles, each pair likes one of them; cumulative click-through rate. Costs as there: −1 for a click.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from results import Cost, Row
from vw_bandit import Policy, VwBandit

ARTICLES = ["politics", "sports", "music", "food", "finance", "health", "camping"]
ACTIONS = [f"article={article}" for article in ARTICLES]
CONTEXTS = [(user, time) for user in ("Tom", "Anna") for time in ("morning", "afternoon")]
ROUNDS = 5000

Likes = dict[tuple[str, str], str]


def likes(*articles: str) -> Likes:
    return dict(zip(CONTEXTS, articles))


AT_FIRST = likes("politics", "music", "sports", "politics")
AMONG_SEEN = likes("politics", "sports", "sports", "sports")
NEVER_REWARDED = likes("politics", "food", "food", "food")


@dataclass(frozen=True)
class Scenario:
    key: str
    phases: tuple[Likes, ...]


SCENARIOS = [
    Scenario("static", (AT_FIRST,)),
    Scenario("changed", (AT_FIRST, AMONG_SEEN)),
    Scenario("switched", (AT_FIRST, NEVER_REWARDED)),
]


@dataclass(frozen=True)
class Outcome:
    ctr: float
    cost: Cost


def run_policy(policy: Policy, seeds: list[int], package: str) -> Row:
    metrics: dict[str, list[float]] = {}
    cost: Cost | None = None
    for seed in seeds:
        for scenario in SCENARIOS:
            outcome = simulate(scenario, policy.arguments, seed)
            metrics.setdefault(f"ctr {scenario.key}", []).append(outcome.ctr)
            cost = cost or outcome.cost
    assert cost is not None
    return Row(policy.name, package, seeds, metrics, cost)


def simulate(scenario: Scenario, arguments: str, seed: int) -> Outcome:
    rng = random.Random(seed)
    bandit = VwBandit(f"{arguments} --random_seed {seed}", rng)
    clicks = 0
    for liked in scenario.phases:
        for _ in range(ROUNDS):
            context = rng.choice(CONTEXTS)
            shared = "User user={} time_of_day={}".format(*context)
            choice = bandit.choose(shared, ACTIONS)
            click = int(liked[context] == ARTICLES[choice.action])
            bandit.learn(shared, ACTIONS, choice, -click)
            clicks += click
    return Outcome(clicks / (ROUNDS * len(scenario.phases)), bandit.finish())
