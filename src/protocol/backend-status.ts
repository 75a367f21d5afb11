import type { CandidateStorage } from '../compute/candidate-index/candidate-index.ts';
import type { BackendName } from '../compute/compute.ts';
import type { ProbeReport } from '../compute/probe/probe.ts';

/** Where a task computes, and why there. Types only. */

/** The same answers as without it, sooner. */
export interface IndexStatus {
  readonly backend: BackendName;
  readonly storage: CandidateStorage;
  /** One sentence with the figures that decided. */
  readonly why: string;
  /** False while it is being filled: all items are looked at then. */
  readonly serving: boolean;
  /** What it holds, on its device and in the worker's memory. */
  readonly bytes: number;
}

export interface BackendStatus {
  readonly serving: BackendName;
  /** One sentence with the figures that decided. */
  readonly why: string;
  /** True once the choice is final: pinned, remembered or measured. */
  readonly settled: boolean;
  readonly probe: ProbeReport | null;
}
