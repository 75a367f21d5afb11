import type { createTendril, Tendril } from '../../src/index.ts';
import { labelledVectors, networkTask, type LabelledVector } from './network-task.ts';

/** What the benchmark calls in the page. */
export interface TrainingPage {
  /** Makes as many examples; resolves when the worker serves and has measured its backends. */
  open(examples: number): Promise<void>;
  /** Predicts and reports all examples, several at a time. @returns milliseconds until the last of them was learned */
  train(): Promise<number>;
  /** Those that the browser itself reports, of 50 ms and more, since `open`. */
  longTasks(): number;
}

declare global {
  var trainingPage: TrainingPage;
}

/** As many as keep the worker busy. */
const AT_ONCE = 16;

let tendril: Tendril;
let examples: readonly LabelledVector[] = [];
let long = 0;

async function statusOf() {
  return (await tendril.status()).worker?.tasks[networkTask.id];
}

async function until(isSo: (status: NonNullable<Awaited<ReturnType<typeof statusOf>>>) => boolean): Promise<void> {
  for (;;) {
    const status = await statusOf();
    if (status && isSo(status)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function report({ vector, label }: LabelledVector): Promise<void> {
  const { decisionId } = await tendril.classify(networkTask.id, { vector });
  await tendril.feedback({ decisionId, label });
}

globalThis.trainingPage = {
  async open(count) {
    examples = labelledVectors(count, 3);
    const address = '/tendril/tendril.mjs';
    const library = (await import(/* @vite-ignore */ address)) as { readonly createTendril: typeof createTendril };
    tendril = library.createTendril({ tasks: [networkTask], namespace: 'training', deadlineMs: 60_000 });
    await report(examples[0]!);
    await until(({ backend }) => backend.settled);
    new PerformanceObserver((list) => (long += list.getEntries().length)).observe({ type: 'longtask' });
  },
  async train() {
    const fromMs = performance.now();
    const waiting = examples.values();
    const reportAll = async (): Promise<void> => {
      for (const example of waiting) await report(example);
    };
    const streams: Promise<void>[] = [];
    for (let stream = 0; stream < AT_ONCE; stream++) {
      // What visitors do comes in tasks of its own, each once.
      await new Promise((resolve) => setTimeout(resolve));
      streams.push(reportAll());
    }
    await Promise.all(streams);
    await until(({ pending }) => pending === 0);
    return performance.now() - fromMs;
  },
  longTasks: () => long,
};
