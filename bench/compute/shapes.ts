import { median } from '../lib/median.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import type { Host, Opened } from './hosts/host.ts';
import { inBothHosts } from './hosts/with-hosts.ts';
import { interleave, type Pace, type Timed } from './interleave.ts';
import { asFigure, compare } from './statistics.ts';
import { nameOf, type Shape } from './workload.ts';

const SHAPES: readonly Shape[] = [
  [16, 16, 2],
  [32, 32, 4],
  [64, 64, 64, 10],
  [128, 256, 256, 64],
  [256, 512, 512, 10],
  [784, 256, 256, 10],
  [1024, 1024, 1024, 100],
];
const TRAINED_ROWS = 32;
const PREDICTED_ROWS = 64;
const OPERATIONS: readonly { readonly name: string; readonly start: (one: Opened) => Timed }[] = [
  { name: 'predict 1', start: (one) => ({ run: (calls) => one.predict(calls, 1) }) },
  {
    name: `predict ${PREDICTED_ROWS}`,
    start: (one) => ({ run: (calls) => one.predict(calls, PREDICTED_ROWS) }),
  },
  { name: `train ${TRAINED_ROWS}`, start: (one) => ({ run: (calls) => one.train(calls) }) },
];
/** A backend this many times slower than its side's fastest in a first look is not timed further. */
const CLOSE = 2;
const FIRST_LOOK: Pace = { rounds: 1, turnMs: 5, warmUpMs: 60 };
/** A first call that takes longer is slow whatever it compiled. */
const SLOW_MS = 500;
const PACE: Pace = { rounds: 9, turnMs: 20, warmUpMs: 120 };

export const shapes: FigureSection = {
  key: 'shapes',
  title: 'The best of our backends against the best of tfjs’s, by shape',
  protocol: `Rectified dense layers of several sizes: one row predicted, ${PREDICTED_ROWS} rows predicted, and a training step (Adam) of ${TRAINED_ROWS} rows. Each side on every backend that the host has; those that a first look finds within ${CLOSE} times of the side's fastest go on, in turns with the other side's, and the fastest of each side counts. tfjs is used as lean as it goes: fused operations for predictions, losses of steps unread. Value: tfjs's median time divided by ours.`,
  measure: () => inBothHosts(measureHost),
};

async function measureHost(host: Host): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const shape of SHAPES) figures.push(...(await measureShape(host, shape)));
  return figures;
}

interface Runner {
  readonly side: 'ours' | 'tfjs-layers';
  readonly backend: BackendName;
  readonly opened: Opened;
}

async function measureShape(host: Host, shape: Shape): Promise<readonly Figure[]> {
  const sides = ['ours', 'tfjs-layers'] as const;
  const pairs = host.backends.flatMap((backend) => sides.map((side) => ({ side, backend })));
  const runners = await Promise.all(
    pairs.map(async ({ side, backend }): Promise<Runner> => {
      const task = { shape, rows: TRAINED_ROWS, backend, lean: true };
      return { side, backend, opened: await host.open(side, task) };
    }),
  );
  const figures: Figure[] = [];
  for (const { name, start } of OPERATIONS)
    figures.push(await measureOperation(`${nameOf(shape)}, ${name}, ${host.name}`, runners, start));
  for (const { opened } of runners) await opened.close();
  return figures;
}

interface Candidate extends Runner {
  readonly timed: Timed;
  /** Milliseconds of a call in the first look. */
  readonly lookMs: number;
}

async function measureOperation(
  what: string,
  runners: readonly Runner[],
  start: (one: Opened) => Timed,
): Promise<Figure> {
  const all: Candidate[] = [];
  for (const runner of runners) {
    const timed = start(runner.opened);
    all.push({ ...runner, timed, lookMs: await firstLook(timed) });
  }
  const finalists = all.filter(({ side, lookMs }) => lookMs <= CLOSE * fastestLook(all, side));
  const times = await interleave(
    finalists.map(({ timed }) => timed),
    PACE,
  );
  const best = (side: Runner['side']) =>
    finalists
      .map((finalist, index) => ({ ...finalist, times: times[index]! }))
      .filter((one) => one.side === side)
      .reduce((fastest, one) => (median(one.times) < median(fastest.times) ? one : fastest));
  const [ours, theirs] = [best('ours'), best('tfjs-layers')];
  return asFigure(what, compare(ours.times, theirs.times), 1, `${ours.backend} against ${theirs.backend}`);
}

function fastestLook(all: readonly Candidate[], wanted: Runner['side']): number {
  return Math.min(...all.flatMap(({ side, lookMs }) => (side === wanted ? [lookMs] : [])));
}

async function firstLook(timed: Timed): Promise<number> {
  const firstMs = await timed.run(1);
  if (firstMs > SLOW_MS) return firstMs;
  const looks = await interleave([timed], FIRST_LOOK);
  return looks[0]![0]!;
}
