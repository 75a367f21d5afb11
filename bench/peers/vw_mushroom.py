"""
Eat or pass, as Riquelme et al. 2018 (arXiv 1802.09127): an edible mushroom eaten +5, a poisonous one −35 or +5 with equal chance, passing 0.
All rows once in an order drawn by the seed; cumulative expected regret in percent of that of a uniform choice. The learner
sees rewards scaled to [0, 1], as a cost: minus the reward.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from results import Cost, Row
from vw_bandit import Policy, VwBandit

FILE = "mushroom/agaricus-lepiota.data"
ACTIONS = ["choice=eat", "choice=pass"]
EAT = 0
GOOD, BAD = 5, -35


@dataclass(frozen=True)
class Mushroom:
    features: str
    edible: bool

    def expected(self, action: int) -> float:
        if action != EAT:
            return 0
        return GOOD if self.edible else (GOOD + BAD) / 2

    def draw(self, action: int, rng: random.Random) -> float:
        if action != EAT:
            return 0
        return GOOD if self.edible or rng.random() < 0.5 else BAD


def read_mushrooms(data_folder: Path) -> list[Mushroom]:
    mushrooms = []
    for line in (data_folder / FILE).read_text().split():
        label, *cells = line.split(",")
        features = " ".join(f"f{index}={cell}" for index, cell in enumerate(cells, 1))
        mushrooms.append(Mushroom(f"User {features}", label == "e"))
    return mushrooms


def run_policy(policy: Policy, mushrooms: list[Mushroom], seeds: list[int], package: str) -> Row:
    runs = [normalised_regret(policy, mushrooms, seed) for seed in seeds]
    metrics = {"normalised regret %": [regret for regret, _ in runs]}
    return Row(policy.name, package, seeds, metrics, runs[0][1])


def normalised_regret(policy: Policy, mushrooms: list[Mushroom], seed: int) -> tuple[float, Cost]:
    rng = random.Random(seed)
    order = rng.sample(mushrooms, len(mushrooms))
    bandit = VwBandit(f"{policy.arguments} --random_seed {seed}", rng)
    regret = uniform = 0.0
    for mushroom in order:
        expected = [mushroom.expected(action) for action in range(len(ACTIONS))]
        choice = bandit.choose(mushroom.features, ACTIONS)
        regret += max(expected) - expected[choice.action]
        uniform += max(expected) - sum(expected) / len(expected)
        scaled = (mushroom.draw(choice.action, rng) - BAD) / (GOOD - BAD)
        bandit.learn(mushroom.features, ACTIONS, choice, -scaled)
    return 100 * regret / uniform, bandit.finish()
