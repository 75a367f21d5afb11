import { explicitSignals, type Suspicion } from '../../core/signal.ts';
import { RateLimiter, type RateLimit } from './quality-rate.ts';
import { RepeatCheck } from './quality-repeats.ts';
import { SpeedCheck } from './quality-speed.ts';

/** What the judgement needs of a signal. */
export interface Judged {
  readonly type: string;
  /** The decision and the item it is about. */
  readonly place: string;
  readonly value: number;
  readonly monotonicMs: number;
  /** False for an event that a script made. */
  readonly trusted: boolean;
  /** Whether the device's clock was just set. */
  readonly jumped: boolean;
  /** How long the item has been on the screen; null where that is not known. */
  readonly visibleForMs: number | null;
}

export interface Judgement {
  readonly suspicion: Suspicion | null;
  /** Whether it is worth keeping. */
  readonly keep: boolean;
}

const acts: ReadonlySet<string> = new Set([...explicitSignals, 'click']);
/** Happen at a moment, at the visitor's hand; the others are measured, and may well come twice at once. */
const events: ReadonlySet<string> = new Set([...acts, 'copy', 'selection', 'hover', 'completion']);

/** Says whether a signal is what a visitor did. One that is not is kept and counted, and weighs nothing. */
export class Quality {
  readonly #automated: boolean;
  readonly #rate: RateLimiter;
  readonly #speed = new SpeedCheck();
  readonly #repeats = new RepeatCheck();
  readonly #counts = new Map<Suspicion, number>();

  constructor(automated: boolean, rate?: Readonly<Record<string, RateLimit>>) {
    this.#automated = automated;
    this.#rate = new RateLimiter(rate);
  }

  judge(signal: Judged): Judgement {
    const rate = this.#rate.take(signal.type, signal.monotonicMs);
    const suspicion = this.#suspicionOf(signal, rate !== 'within');
    if (suspicion !== null) this.#counts.set(suspicion, (this.#counts.get(suspicion) ?? 0) + 1);
    return { suspicion, keep: rate !== 'flood' };
  }

  counts(): Partial<Record<Suspicion, number>> {
    return Object.fromEntries(this.#counts);
  }

  #suspicionOf(signal: Judged, overRate: boolean): Suspicion | null {
    const { type, place, value, monotonicMs, visibleForMs } = signal;
    // Asked in any case: both remember.
    const impossible = acts.has(type) && this.#speed.isImpossible(place, monotonicMs, visibleForMs);
    const repeat = events.has(type) && this.#repeats.isRepeat(`${type} ${value} ${place}`, monotonicMs);
    if (this.#automated) return 'automation';
    if (!signal.trusted) return 'untrusted';
    if (signal.jumped) return 'clock';
    if (impossible) return 'impossible-speed';
    if (repeat) return 'duplicate';
    return overRate ? 'rate' : null;
  }
}
