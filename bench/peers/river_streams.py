"""Progressive validation (test, then train) of River's models in file order."""

from __future__ import annotations

from statistics import median

from costs import cpu_ns, pickled_bytes
from results import Cost, Row
from river_models import RiverModel
from streams import Row as StreamRow

LONG_STREAM_ROWS = 10_000


def seeds_of(model: RiverModel, rows: int, seeds: list[int]) -> list[int]:
    return seeds if model.seeded and not (model.slow and rows > LONG_STREAM_ROWS) else seeds[:1]


def run_model(model: RiverModel, rows: list[StreamRow], seeds: list[int], package: str) -> Row:
    runs = [progressive_validation(model, rows, seed) for seed in seeds]
    baseline = no_change_accuracy([label for _, label in rows])
    accuracies = [accuracy for accuracy, _ in runs]
    return Row(
        method=f"River: {model.name}",
        package=package,
        seeds=seeds,
        metrics={
            "accuracy": accuracies,
            "kappaTemporal": [(accuracy - baseline) / (1 - baseline) for accuracy in accuracies],
        },
        cost=runs[0][1],
    )


def progressive_validation(model: RiverModel, rows: list[StreamRow], seed: int) -> tuple[float, Cost]:
    """A model that has no answer yet is wrong. Costs are of the processor's time, so that other processes do not count."""
    classifier = model.create(seed)
    correct = 0
    predict_ns: list[int] = []
    learn_ns: list[int] = []
    for features, label in rows:
        start = cpu_ns()
        answer = classifier.predict_one(features)
        answered = cpu_ns()
        classifier.learn_one(features, label)
        learned = cpu_ns()
        correct += answer == label
        predict_ns.append(answered - start)
        learn_ns.append(learned - answered)
    return correct / len(rows), Cost(
        predict_us=median(predict_ns) / 1000,
        learn_us=median(learn_ns) / 1000,
        state_bytes=pickled_bytes(classifier),
        seconds=(sum(predict_ns) + sum(learn_ns)) / 1e9,
    )


def no_change_accuracy(labels: list[bool]) -> float:
    """Of repeating the last label; the first row has none, and counts as wrong."""
    return sum(label == last for last, label in zip(labels, labels[1:])) / len(labels)
