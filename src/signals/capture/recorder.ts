import { explicitSignals, type Signal, type SignalType } from '../../core/signal.ts';
import type { CaptureCounts, CaptureOptions, SignalInput } from './capture-options.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { Quality } from './quality.ts';
import { isSampled } from './sampling.ts';
import { nowhere, placeOf, type Subject } from './subject.ts';

/** Something that happened, before it is a signal. */
export interface Happening {
  readonly type: SignalType;
  readonly subject?: Subject;
  /** Default 1. */
  readonly value?: number;
  readonly instead?: string;
  readonly censored?: boolean;
  /** Default true. */
  readonly trusted?: boolean;
  readonly visibleForMs?: number | null;
}

interface RecorderParts extends Pick<CaptureOptions, 'pageId' | 'sampling'> {
  readonly time: ClockWatch;
  readonly quality: Quality;
  readonly queue: Pick<DeliveryQueue, 'add'>;
  /** Hears of every signal that counts. */
  readonly onSignal: (signal: Signal) => void;
}

/** Sent at once: they may be the last thing that happens on the page, and what is said on purpose must not be lost. */
const urgent: ReadonlySet<string> = new Set([...explicitSignals, 'click', 'completion']);

/** Makes signals of what happened: named, dated, sampled, judged, and on their way. */
export class Recorder {
  readonly #parts: RecorderParts;
  #made = 0;
  readonly #captured = new Map<string, number>();
  #sampledOut = 0;
  #flooded = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  get counts(): Pick<CaptureCounts, 'captured' | 'sampledOut'> & { readonly flooded: number } {
    return { captured: Object.fromEntries(this.#captured), sampledOut: this.#sampledOut, flooded: this.#flooded };
  }

  record({ type, subject = nowhere, value = 1, instead, censored, trusted = true, visibleForMs }: Happening): void {
    const { decisionId, taskId, item, place } = subject;
    const input: SignalInput = {
      type,
      value,
      ...(decisionId !== undefined && { decisionId }),
      ...(taskId !== undefined && { taskId }),
      ...(item !== undefined && { item }),
      ...(instead !== undefined && { instead }),
      ...(censored && { censored }),
    };
    this.#make(input, place, trusted, visibleForMs ?? null);
  }

  /** One that the page gives. */
  give(input: SignalInput): void {
    this.#make(input, placeOf(input).place, true, null);
  }

  #make(input: SignalInput, place: string, trusted: boolean, visibleForMs: number | null): void {
    const { pageId, sampling = {}, time, quality, queue, onSignal } = this.#parts;
    const { type, value = 1 } = input;
    const signalId = input.signalId ?? `${pageId}:${this.#made++}`;
    if (Object.hasOwn(sampling, type) && !isSampled(signalId, sampling[type] ?? 1)) {
      this.#sampledOut++;
      return;
    }
    const { atMs, monotonicMs, jumped } = time.now();
    const judgement = quality.judge({ type, place, value, monotonicMs, trusted, jumped, visibleForMs });
    if (!judgement.keep) {
      this.#flooded++;
      return;
    }
    const suspicion = input.suspicion ?? judgement.suspicion;
    const signal: Signal = { atMs, ...input, signalId, value, ...(suspicion && { suspicion }) };
    this.#captured.set(type, (this.#captured.get(type) ?? 0) + 1);
    queue.add(signal, urgent.has(type));
    if (!suspicion) onSignal(signal);
  }
}
