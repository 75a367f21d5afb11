import { createLearnerWorker } from '../../src/runtime/learner-worker.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import type { ReplayWorker } from './replay-worker.ts';

/** The same runtime in this process, its storage in memory: faster, and with no browser to install. */
export function openNodeWorker(): ReplayWorker {
  const worker = createLearnerWorker(nodeEnvironment());
  return {
    place: {
      storage: 'memory',
      backends: ['wasm', 'cpu'],
    },
    host: `Node ${process.version}`,
    start: (request) => worker.start(request, () => undefined),
    stream: (taskId, steps) => worker.stream(taskId, steps),
    checkpoint: (taskId) => worker.checkpoint(taskId),
    status: () => worker.status(),
    close: () => Promise.resolve(),
  };
}
