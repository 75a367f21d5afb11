import { median } from '../lib/median.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { assertSameScores } from './agreement.ts';
import type { ContenderName } from './contender.ts';
import type { Host, Opened } from './hosts/host.ts';
import { inBothHosts } from './hosts/with-hosts.ts';
import { interleave, type Pace } from './interleave.ts';
import { asFigure, compare, milliseconds } from './statistics.ts';
import { nameOf } from './workload.ts';

const SHAPE = [64, 64, 64, 10];
/** Other rows each call, from batches of this many. */
const ROWS = 32;
const GOALS: Readonly<Partial<Record<BackendName, number>>> = { cpu: 10, wasm: 3 };
const PACE: Pace = { rounds: 31, turnMs: 40, warmUpMs: 500 };

export const predictOne: FigureSection = {
  key: 'predict-one',
  title: 'One prediction of a small network',
  protocol: `One row through ${nameOf(SHAPE)}, rectified between layers, from a typed array to a typed array, one call after another and each awaited; the plain loops are not awaited. tfjs-layers predicts by \`predictOnBatch\` and \`data()\`; lean is the same by fused operations of tfjs-core. onnxruntime-web has the same network as an ONNX model (Gemm and Relu), on WebAssembly in one thread. Each in a worker or process of its own, all in turns of at least ${PACE.turnMs} ms, after warming up. All give the same scores within 0.0001, or there would be no figure. Value: their median time divided by ours. WebGPU is SwiftShader, a GPU in software.`,
  measure: () => inBothHosts(measureHost),
};

interface Measured {
  readonly name: ContenderName;
  readonly backend: BackendName;
  readonly lean: boolean;
  /** Milliseconds of a call, by round. */
  readonly times: readonly number[];
}

async function measureHost(host: Host): Promise<readonly Figure[]> {
  const kinds = kindsOn(host);
  const opened: Opened[] = [];
  for (const { name, backend, lean } of kinds)
    opened.push(await host.open(name, { shape: SHAPE, rows: ROWS, backend, lean }));
  const apart = await assertSameScores(opened);
  const timed = opened.map((one) => ({ run: (calls: number) => one.predict(calls, 1) }));
  const times = await interleave(timed, PACE);
  for (const one of opened) await one.close();
  const measured = kinds.map((kind, index): Measured => ({ ...kind, times: times[index]! }));
  return [
    ...figuresOf(host, measured),
    { what: `largest difference between scores, ${host.name}`, value: apart, unit: '', goal: { atMost: 1e-4 } },
  ];
}

function kindsOn({ backends, hasOnnxRuntime }: Host): readonly Omit<Measured, 'times'>[] {
  return [
    ...backends.flatMap((backend) => [
      { name: 'ours' as const, backend, lean: false },
      { name: 'tfjs-layers' as const, backend, lean: false },
      { name: 'tfjs-layers' as const, backend, lean: true },
    ]),
    ...(hasOnnxRuntime ? [{ name: 'onnxruntime' as const, backend: 'wasm' as const, lean: false }] : []),
    { name: 'plain' as const, backend: 'cpu' as const, lean: false },
  ];
}

function figuresOf(host: Host, measured: readonly Measured[]): readonly Figure[] {
  const timesOf = (name: ContenderName, backend?: BackendName, lean = false): readonly number[] | undefined =>
    measured.find((one) => one.name === name && one.lean === lean && (backend ?? one.backend) === one.backend)?.times;
  const best = measured
    .filter(({ name }) => name === 'ours')
    .reduce((fastest, one) => (median(one.times) < median(fastest.times) ? one : fastest));
  const against = (what: string, ours?: readonly number[], theirs?: readonly number[], goal?: number): Figure[] =>
    ours && theirs ? [asFigure(`${what}, ${host.name}`, compare(ours, theirs), goal)] : [];
  return [
    ...host.backends.flatMap((backend) => [
      ...against(
        `${backend} against tfjs-layers`,
        timesOf('ours', backend),
        timesOf('tfjs-layers', backend),
        GOALS[backend],
      ),
      ...against(`${backend} against tfjs, lean`, timesOf('ours', backend), timesOf('tfjs-layers', backend, true)),
    ]),
    ...against(`our best (${best.backend}) against onnxruntime-web`, best.times, timesOf('onnxruntime'), 1),
    ...against('wasm against onnxruntime-web', timesOf('ours', 'wasm'), timesOf('onnxruntime')),
    slowdown(`our best (${best.backend}), ${host.name}`, best.times, timesOf('plain') ?? []),
    slowdown(`cpu, ${host.name}`, timesOf('ours', 'cpu') ?? [], timesOf('plain') ?? []),
  ];
}

function slowdown(whose: string, ours: readonly number[], plain: readonly number[]): Figure {
  const { oursMs, theirsMs, timesAsFast, low, high, rounds } = compare(ours, plain);
  return {
    what: `time by that of the plain loops, ${whose}`,
    value: 1 / timesAsFast,
    unit: '×',
    goal: { atMost: 1.5 },
    note: `${milliseconds(oursMs)} against ${milliseconds(theirsMs)}; middle half of ${rounds} rounds ${(1 / high).toPrecision(3)} to ${(1 / low).toPrecision(3)}`,
  };
}
