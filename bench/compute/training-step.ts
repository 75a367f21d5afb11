import type { BackendName } from '../../src/compute/compute.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { assertSameLearning } from './agreement.ts';
import type { Host } from './hosts/host.ts';
import { inBothHosts } from './hosts/with-hosts.ts';
import { interleave, type Pace } from './interleave.ts';
import { asFigure, compare } from './statistics.ts';
import { nameOf, type Shape } from './workload.ts';

const SETTINGS: readonly { readonly shape: Shape; readonly rows: number }[] = [
  { shape: [64, 64, 64, 10], rows: 32 },
  { shape: [784, 256, 256, 10], rows: 64 },
];
const GOAL = 5;
const PACE: Pace = { rounds: 21, turnMs: 40, warmUpMs: 400 };
/** A software GPU takes up to a second for a step. */
const GPU_PACE: Pace = { rounds: 9, turnMs: 100, warmUpMs: 400 };

export const trainingStep: FigureSection = {
  key: 'training-step',
  title: 'Training step, against tfjs-layers on the same backend',
  protocol: `A whole step (forward, softmax cross-entropy, backward, Adam) of rectified dense layers, from typed arrays. tfjs-layers takes it by \`trainOnBatch\`, with the loss from scores, which is fewer operations than a softmax layer, in production mode and on one thread; \`trainOnBatch\` also reads the loss of each step. Without that it is its train function called directly. Each in a worker or process of its own, in turns of at least ${PACE.turnMs} ms, after warming up; a turn of ours ends with a prediction and one of the other with a loss, so that the device has done it. Both start from the same weights, and their losses agree within 0.001 after the same steps, or there would be no figure. Value: their median time for a step divided by ours. WebGPU is SwiftShader, a GPU in software.`,
  measure: () => inBothHosts(measureHost),
};

async function measureHost(host: Host): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const setting of SETTINGS)
    for (const backend of host.backends) figures.push(...(await measureSetting(host, setting, backend)));
  return figures;
}

async function measureSetting(
  host: Host,
  { shape, rows }: (typeof SETTINGS)[number],
  backend: BackendName,
): Promise<readonly Figure[]> {
  const task = { shape, rows, backend };
  const all = [
    await host.open('ours', task),
    await host.open('tfjs-layers', task),
    await host.open('tfjs-layers', { ...task, lean: true }),
  ];
  const apart = await assertSameLearning(all, shape, rows);
  const timed = all.map((one) => ({ run: (steps: number) => one.train(steps) }));
  const times = await interleave(timed, backend === 'webgpu' ? GPU_PACE : PACE);
  for (const one of all) await one.close();
  const what = `${nameOf(shape)}, batch ${rows}, ${backend}, ${host.name}`;
  return [
    asFigure(what, compare(times[0]!, times[1]!), GOAL, `losses ${apart.toExponential(0)} apart`),
    asFigure(`${what}: the loss left unread`, compare(times[0]!, times[2]!)),
  ];
}
