import { TendrilError } from '../../src/errors.ts';
import { Accuracy } from '../../src/monitor/accuracy.ts';
import { CohenKappa } from '../../src/monitor/cohen-kappa.ts';
import { ExactQuantiles } from '../../src/monitor/exact-quantiles.ts';
import { KappaTemporal } from '../../src/monitor/kappa-temporal.ts';
import { LogLoss } from '../../src/monitor/log-loss.ts';
import type { StreamResult } from '../../src/protocol/messages.ts';
import type { LabelledStep } from './steps.ts';

/** Milliseconds, measured inside the worker. */
export interface Timing {
  readonly p50: number;
  readonly p95: number;
}

export interface Quality {
  readonly rows: number;
  readonly accuracy: number;
  readonly logLoss: number;
  readonly kappa: number;
  readonly kappaTemporal: number | null;
}

/** Holds the answers of the learner against the labels, in the order of the stream. */
export class Score {
  #rows = 0;
  readonly #accuracy = new Accuracy();
  readonly #logLoss = new LogLoss();
  readonly #kappa = new CohenKappa();
  readonly #kappaTemporal = new KappaTemporal();
  readonly #predictMs = new ExactQuantiles();
  readonly #learnMs = new ExactQuantiles();

  /** @param results one for each step, in their order @throws WORKER_ANSWER_INVALID where they are not */
  update(steps: readonly LabelledStep[], results: readonly StreamResult[]): void {
    if (results.length !== steps.length)
      throw unexpected(`${String(results.length)} results for ${String(steps.length)} steps`);
    steps.forEach(({ step, label }, index) => {
      const result = results[index];
      if (result?.decisionId !== step.decisionId) throw unexpected(`the results are not in the order of the steps`);
      this.#add(label, result);
    });
  }

  #add(label: string, result: StreamResult): void {
    if (result.type === 'learned') {
      this.#learnMs.update(result.durationMs);
      return;
    }
    this.#rows++;
    this.#accuracy.update(label, result.label);
    this.#logLoss.update(label, result.probabilities);
    this.#kappa.update(label, result.label);
    this.#kappaTemporal.update(label, result.label);
    this.#predictMs.update(result.durationMs);
  }

  get rows(): number {
    return this.#rows;
  }

  quality(): Quality {
    return {
      rows: this.#rows,
      accuracy: this.#accuracy.get(),
      logLoss: this.#logLoss.get(),
      kappa: this.#kappa.get(),
      kappaTemporal: this.#kappaTemporal.get(),
    };
  }

  timings(): { readonly predictMs: Timing; readonly learnMs: Timing } {
    return { predictMs: timing(this.#predictMs), learnMs: timing(this.#learnMs) };
  }

  /** Accuracy of repeating the previous label, on the same rows. */
  noChangeAccuracy(): number {
    return this.#kappaTemporal.persistentAccuracy();
  }
}

function timing(quantiles: ExactQuantiles): Timing {
  return { p50: quantiles.get(0.5), p95: quantiles.get(0.95) };
}

function unexpected(reason: string): TendrilError {
  return new TendrilError('WORKER_ANSWER_INVALID', { reason });
}
