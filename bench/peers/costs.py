"""What a run costs, measured."""

from __future__ import annotations

import pickle
import sys
import tempfile
import threading
import time
from pathlib import Path

from vowpalwabbit import Workspace

cpu_ns = time.thread_time_ns


def pickled_bytes(model: object) -> int | None:
    """None where the model cannot be pickled. Deep trees need a deep stack, which only a thread can be given."""
    size: list[int] = []

    def measure() -> None:
        try:
            size.append(len(pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL)))
        except (RecursionError, TypeError, AttributeError, pickle.PicklingError):
            return

    limit = sys.getrecursionlimit()
    previous = threading.stack_size(512 * 1024 * 1024)
    sys.setrecursionlimit(100_000)
    try:
        thread = threading.Thread(target=measure)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(previous)
    return size[0] if size else None


def saved_bytes(workspace: Workspace) -> int:
    """Of the regressor file that VW writes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.vw"
        workspace.save(str(file))
        return file.stat().st_size
