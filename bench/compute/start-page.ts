import type { createTendril, Tendril } from '../../src/index.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { LabelledVector } from './network-task.ts';

/** Of one load of the page; times are from `new Worker`. */
export interface FirstPrediction {
  readonly servedMs: number;
  /** The backend that served, and whether it was already chosen for good. */
  readonly backend: string;
  readonly settled: boolean;
  /** When it was; null where that was not waited for. */
  readonly settledMs: number | null;
  readonly why: string | null;
}

/** What the benchmark calls in the page. */
export interface StartPage {
  /** @throws Error where the model did not answer */
  firstPrediction(given: {
    readonly task: ClassificationTask;
    readonly vector: readonly number[];
    /** Whether to wait until the backends have been measured. */
    readonly watched: boolean;
  }): Promise<FirstPrediction>;
  /** A first visit, which ends when its model is stored and the backends have been measured. */
  learnSome(given: { readonly task: ClassificationTask; readonly examples: readonly LabelledVector[] }): Promise<void>;
}

declare global {
  var startPage: StartPage;
}

async function openLibrary(task: ClassificationTask): Promise<Tendril> {
  const address = '/tendril/tendril.mjs';
  const library = (await import(/* @vite-ignore */ address)) as { readonly createTendril: typeof createTendril };
  return library.createTendril({ tasks: [task], namespace: 'start', deadlineMs: 60_000 });
}

const firstPrediction: StartPage['firstPrediction'] = async ({ task, vector, watched }) => {
  let startMs = NaN;
  globalThis.Worker = class extends Worker {
    constructor(...options: ConstructorParameters<typeof Worker>) {
      startMs = performance.now();
      super(...options);
    }
  };
  const tendril = await openLibrary(task);
  const answer = await tendril.classify(task.id, { vector });
  const servedMs = performance.now() - startMs;
  if (answer.source !== 'model') throw new Error(`the model did not answer: ${answer.error?.message ?? 'no reason'}`);
  // It may answer before it has told everything about its start.
  await tendril.ready;
  const first = await backendOf(tendril, task);
  const settled = watched ? await settledBackend(tendril, task) : null;
  return {
    servedMs,
    backend: first?.serving ?? 'none',
    settled: first?.settled ?? false,
    settledMs: settled && performance.now() - startMs,
    why: settled?.why ?? null,
  };
};

const learnSome: StartPage['learnSome'] = async ({ task, examples }) => {
  const tendril = await openLibrary(task);
  for (const { vector, label } of examples) {
    const { decisionId } = await tendril.classify(task.id, { vector });
    await tendril.feedback({ decisionId, label });
  }
  const saved = await tendril.checkpoint(task.id);
  if (!saved.ok) throw new Error(`nothing was stored: ${saved.error.message}`);
  await settledBackend(tendril, task);
};

async function backendOf(tendril: Tendril, { id }: ClassificationTask) {
  return (await tendril.status()).worker?.tasks[id]?.backend;
}

/** @throws Error where it takes longer than a minute: a median over the others would be of the quick ones alone */
async function settledBackend(tendril: Tendril, task: ClassificationTask) {
  const untilMs = performance.now() + 60_000;
  while (performance.now() < untilMs) {
    const backend = await backendOf(tendril, task);
    if (backend?.settled) return backend;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the backends were not measured within a minute');
}

globalThis.startPage = { firstPrediction, learnSome };
