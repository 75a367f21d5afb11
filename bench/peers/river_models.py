"""
River's models as its own benchmark configures them (benchmarks/config.py of online-ml/river), their seeds as an argument.
What has no seed gives the same figures for every seed and runs once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from river import base, ensemble, forest, linear_model, naive_bayes, neighbors, optim, preprocessing, tree


@dataclass(frozen=True)
class RiverModel:
    name: str
    create: Callable[[int], base.Classifier]
    seeded: bool = False
    # Takes minutes to hours on a long stream: runs there with the first seed alone.
    slow: bool = False


def _scaled(model: base.Classifier) -> base.Classifier:
    return preprocessing.StandardScaler() | model


MODELS = [
    RiverModel(
        "Logistic regression",
        lambda _: _scaled(linear_model.LogisticRegression(optimizer=optim.SGD(0.005))),
    ),
    RiverModel("ALMA", lambda _: _scaled(linear_model.ALMAClassifier())),
    RiverModel("Naive Bayes", lambda _: naive_bayes.GaussianNB()),
    RiverModel("Hoeffding Tree", lambda _: tree.HoeffdingTreeClassifier()),
    RiverModel("k-Nearest Neighbors", lambda _: _scaled(neighbors.KNNClassifier()), slow=True),
    RiverModel(
        "Leveraging Bagging",
        lambda seed: ensemble.LeveragingBaggingClassifier(tree.HoeffdingTreeClassifier(), seed=seed),
        seeded=True,
        slow=True,
    ),
    RiverModel("Adaptive Random Forest", lambda seed: forest.ARFClassifier(seed=seed), seeded=True, slow=True),
    RiverModel("Streaming Random Patches", lambda seed: ensemble.SRPClassifier(seed=seed), seeded=True, slow=True),
    RiverModel("Aggregated Mondrian Forest", lambda seed: forest.AMFClassifier(seed=seed), seeded=True, slow=True),
    # As of 0.26 the default no longer splits pure nodes, and is further below the published figures than with it.
    RiverModel(
        "Aggregated Mondrian Forest, split_pure",
        lambda seed: forest.AMFClassifier(seed=seed, split_pure=True),
        seeded=True,
        slow=True,
    ),
]
