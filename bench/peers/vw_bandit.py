"""Vowpal Wabbit's contextual bandit with action-dependent features, and what its calls cost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import median

from vowpalwabbit import Workspace

from costs import cpu_ns, saved_bytes
from results import Cost


@dataclass(frozen=True)
class Policy:
    name: str
    arguments: str


# Crossing the context (U) with the action (A) is what the tutorial does: without it nothing depends on the context.
_BASE = "--cb_explore_adf -q UA"

POLICIES = [
    Policy("VW: ε-greedy 0.2", f"{_BASE} --epsilon 0.2"),
    Policy("VW: ε-greedy 0.05", f"{_BASE} --epsilon 0.05"),
    Policy("VW: SquareCB", f"{_BASE} --squarecb"),
    Policy("VW: RND", f"{_BASE} --rnd 3"),
    Policy("VW: bagging", f"{_BASE} --bag 5"),
]


@dataclass(frozen=True)
class Choice:
    action: int
    propensity: float


class VwBandit:
    """Costs are of the processor's time, with writing and parsing VW's text format, which is how Python gives it examples."""

    def __init__(self, arguments: str, rng: random.Random) -> None:
        self._workspace = Workspace(f"{arguments} --quiet")
        self._rng = rng
        self._predict_ns: list[int] = []
        self._learn_ns: list[int] = []

    def choose(self, shared: str, actions: list[str]) -> Choice:
        start = cpu_ns()
        pmf = self._workspace.predict(_example(shared, actions))
        self._predict_ns.append(cpu_ns() - start)
        action = self._rng.choices(range(len(pmf)), pmf)[0]
        return Choice(action, pmf[action])

    def learn(self, shared: str, actions: list[str], choice: Choice, cost: float) -> None:
        """Lower is better."""
        start = cpu_ns()
        self._workspace.learn(_example(shared, actions, (choice, cost)))
        self._learn_ns.append(cpu_ns() - start)

    def finish(self) -> Cost:
        state_bytes = saved_bytes(self._workspace)
        self._workspace.finish()
        return Cost(
            predict_us=median(self._predict_ns) / 1000,
            learn_us=median(self._learn_ns) / 1000,
            state_bytes=state_bytes,
            seconds=(sum(self._predict_ns) + sum(self._learn_ns)) / 1e9,
        )


def _example(shared: str, actions: list[str], label: tuple[Choice, float] | None = None) -> list[str]:
    """A shared line, and a line an action; the chosen one is labelled `0:cost:propensity`."""
    lines = [f"shared |{shared}"]
    for index, action in enumerate(actions):
        chosen = label is not None and label[0].action == index
        prefix = f"0:{label[1]}:{label[0].propensity} " if chosen else ""
        lines.append(f"{prefix}|Action {action}")
    return lines
