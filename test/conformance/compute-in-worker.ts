import type { BackendName } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { learnedState, networkSpec, randomBatch } from './compute-fixtures.ts';

export type WorkerAnswer = { readonly lossBefore: number; readonly lossAfter: number } | { readonly error: string };

/** Entry of a dedicated worker: opens the backend that it is told and learns a little on it. */
async function learnALittle(name: BackendName): Promise<WorkerAnswer> {
  const backend = await openBackend(name);
  const spec = networkSpec('softmax-cross-entropy', 40);
  const network = backend.createNetwork(spec, learnedState(spec, 1));
  const batch = randomBatch(spec, 2);
  const { loss: lossBefore } = await network.gradients(batch);
  for (let i = 0; i < 10; i++) await network.learn(batch);
  const { loss: lossAfter } = await network.gradients(batch);
  backend.dispose();
  return { lossBefore, lossAfter };
}

addEventListener('message', ({ data }: MessageEvent<BackendName>) => {
  learnALittle(data).then(
    (answer) => postMessage(answer),
    (caught: unknown) => postMessage({ error: String(caught) } satisfies WorkerAnswer),
  );
});
