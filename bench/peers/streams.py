"""River's binary streams, read from the data folder in their file order."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

Row = tuple[dict[str, float], bool]


@dataclass(frozen=True)
class Stream:
    key: str
    file: str
    target: str
    positive: str


STREAMS = [
    Stream("phishing", "phishing/phishing.csv.gz", "is_phishing", "1"),
    Stream("bananas", "bananas/bananas.csv", "class", "1"),
    Stream("elec2", "elec2/electricity_full.csv.gz", "class", "UP"),
]


def read_stream(stream: Stream, data_folder: Path) -> list[Row]:
    path = data_folder / stream.file
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as lines:
        return [
            (
                {name: float(value) for name, value in row.items() if name != stream.target},
                row[stream.target] == stream.positive,
            )
            for row in csv.DictReader(lines)
        ]
