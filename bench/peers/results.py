"""The file of results: written after every row, so that a run that is stopped keeps what it has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cost:
    predict_us: float
    learn_us: float
    state_bytes: int | None
    seconds: float


@dataclass(frozen=True)
class Row:
    method: str
    # Name and version.
    package: str
    seeds: list[int]
    # One value a seed.
    metrics: dict[str, list[float]]
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        cost = {
            "predictUs": round(self.cost.predict_us, 3),
            "learnUs": round(self.cost.learn_us, 3),
            "stateBytes": self.cost.state_bytes,
            "seconds": round(self.cost.seconds, 3),
        }
        return {
            "method": self.method,
            "package": self.package,
            "seeds": self.seeds,
            "metrics": self.metrics,
            "cost": cost,
        }


class Results:
    def __init__(self, file: Path, machine: str) -> None:
        self._file = file
        self._machine = machine

    def put(self, benchmark: str, row: Row) -> None:
        """Replaces the row of the same method. Reads the file again: another run may have written to it."""
        benchmarks = self._read()
        rows = benchmarks.setdefault(benchmark, [])
        place = next((index for index, other in enumerate(rows) if other["method"] == row.method), len(rows))
        rows[place : place + 1] = [{**row.as_json(), "machine": self._machine}]
        self._write(benchmarks)

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        return json.loads(self._file.read_text())["benchmarks"] if self._file.exists() else {}

    def _write(self, benchmarks: dict[str, list[dict[str, Any]]]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"benchmarks": dict(sorted(benchmarks.items()))}, indent=2, ensure_ascii=False)
        part = self._file.with_suffix(".part")
        part.write_text(text + "\n")
        part.replace(self._file)
