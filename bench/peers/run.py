"""
Runs the peers on the benchmarks of bench/learning and writes bench/results/peers.json.

  --only phishing,elec2   benchmarks to run (default: all)
  --methods REGEX         only methods whose name matches
  --seeds 1,2,3,4,5       seeds; a method without chance runs once
  --data FOLDER           data folder (default: TENDRIL_DATA, or ../shared/data beside the repository)
  --out FILE              the file of results, into which rows are merged
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from pathlib import Path

from benchmarks import BENCHMARKS, Settings
from results import Results, Row

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    options = parse_options()
    keys = [benchmark.key for benchmark in BENCHMARKS]
    unknown = set(options.only or []) - set(keys)
    if unknown:
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(keys)}")
    results = Results(options.out, machine())
    settings = Settings(options.data, options.seeds, options.methods.search)
    for benchmark in BENCHMARKS:
        if options.only is not None and benchmark.key not in options.only:
            continue
        missing = [file for file in benchmark.files if not (options.data / file).exists()]
        if missing:
            print(f"{benchmark.key}: skipped, there is no {', '.join(missing)}", file=sys.stderr)
            continue
        started = time.monotonic()
        for row in benchmark.run(settings):
            results.put(benchmark.key, row)
            report(benchmark.key, row, time.monotonic() - started)
            started = time.monotonic()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--methods", type=re.compile, default=re.compile(""))
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[1, 2, 3, 4, 5])
    default_data = os.environ.get("TENDRIL_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "peers.json")
    return parser.parse_args()


def report(benchmark: str, row: Row, seconds: float) -> None:
    figures = ", ".join(f"{name} {sum(values) / len(values):.4f}" for name, values in row.metrics.items())
    print(f"{benchmark}: {row.method} ({len(row.seeds)} seeds, {seconds:.0f} s): {figures}", file=sys.stderr)


def machine() -> str:
    return f"Python {platform.python_version()} ({os.cpu_count()} cores, {processor()})"


def processor() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0].strip() if names else platform.machine()


if __name__ == "__main__":
    main()
