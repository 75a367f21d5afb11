"""What the peers run; the keys are those of bench/learning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import vw_mushroom
import vw_news
from results import Row
from river_models import MODELS
from river_streams import run_model, seeds_of
from streams import STREAMS, Stream, read_stream
from vw_bandit import POLICIES


@dataclass(frozen=True)
class Settings:
    data: Path
    seeds: list[int]
    # Whether a method of this name is to run.
    wanted: Callable[[str], object]


@dataclass(frozen=True)
class PeerBenchmark:
    key: str
    # Inside the data folder.
    files: list[str]
    # A row as soon as it is measured.
    run: Callable[[Settings], Iterator[Row]]


def _river(stream: Stream) -> Callable[[Settings], Iterator[Row]]:
    def run(settings: Settings) -> Iterator[Row]:
        rows = read_stream(stream, settings.data)
        for model in MODELS:
            if settings.wanted(f"River: {model.name}"):
                yield run_model(model, rows, seeds_of(model, len(rows), settings.seeds), f"river {version('river')}")

    return run


def _news(settings: Settings) -> Iterator[Row]:
    for policy in POLICIES:
        if settings.wanted(policy.name):
            yield vw_news.run_policy(policy, settings.seeds, _vw())


def _mushroom(settings: Settings) -> Iterator[Row]:
    mushrooms = vw_mushroom.read_mushrooms(settings.data)
    for policy in POLICIES:
        if settings.wanted(policy.name):
            yield vw_mushroom.run_policy(policy, mushrooms, settings.seeds, _vw())


def _vw() -> str:
    return f"vowpalwabbit {version('vowpalwabbit')}"


BENCHMARKS = [
    *(PeerBenchmark(stream.key, [stream.file], _river(stream)) for stream in STREAMS),
    PeerBenchmark("news", [], _news),
    PeerBenchmark("mushroom", [vw_mushroom.FILE], _mushroom),
]
