import type { Clock } from '../../core/clock.ts';
import type { BackendName, NetworkSpec, NetworkState } from '../compute.ts';
import { formatMs, measureBackends, type Measured, type MeasureOptions } from './measure-backends.ts';
import { measureNetwork, type Timings } from './network-timing.ts';

/** What was measured on one backend; figures are null where it could not be measured. */
export type ProbeResult = Omit<Measured<Timings>, 'figures'> & (Timings | Unmeasured);

/** In the place of timings. */
export type Unmeasured = { readonly [figure in Exclude<keyof Timings, 'samples'>]: null } & { readonly samples: 0 };

/** What the probe found; plain data, to be kept under {@link shapeKey} and the device's key. */
export interface ProbeReport {
  /** What predicts. */
  readonly chosen: BackendName;
  /** What learns: mostly the same. */
  readonly learning: BackendName;
  /** One sentence for people, with the figures. */
  readonly why: string;
  readonly results: readonly ProbeResult[];
  readonly shapeKey: string;
  /** Wall clock, milliseconds since the Unix epoch. */
  readonly measuredAtMs: number;
}

/** Where two candidates are equally fast the earlier one is chosen. */
export interface ProbeOptions extends MeasureOptions {
  readonly spec: NetworkSpec;
  /** The weights to measure with; they are copied. */
  readonly state: NetworkState;
  readonly clock: Clock;
}

/**
 * Times the network on every candidate, one after the other, and chooses where it predicts and where it learns: the least time of a prediction and a step
 * together, with what it costs to take the weights along where these are two.
 * @throws BACKEND_UNAVAILABLE when no candidate could be measured
 */
export async function probeBackends(options: ProbeOptions): Promise<ProbeReport> {
  const { spec, clock } = options;
  const { results: measured, choice } = await measureBackends(
    options,
    (backend, isAbandoned) => measureNetwork(backend, { ...options, isAbandoned }),
    (all) => {
      const choice = chooseBackends(all.map(asResult));
      return choice && { choice, kept: [choice.predict, choice.learn] };
    },
  );
  const results = measured.map(asResult);
  return {
    chosen: choice.predict,
    learning: choice.learn,
    why: explainChoice(choice, results),
    results,
    shapeKey: shapeKey(spec),
    measuredAtMs: clock.nowMs(),
  };
}

function asResult({ figures, ...device }: Measured<Timings>): ProbeResult {
  return { ...device, ...(figures ?? unmeasured) };
}

/** What a measurement depends on beside the device: the network's shape, its loss, its optimizer and its batch. */
export function shapeKey({
  inputSize,
  hiddenSizes,
  wide,
  outputSize,
  batchSize,
  loss,
  optimizer,
}: NetworkSpec): string {
  const sizes = [inputSize, ...(hiddenSizes.length > 0 ? hiddenSizes : [0]), outputSize].join('-');
  const unusual = [...(wide ? [] : ['deep']), ...(optimizer.kind === 'adam' ? [] : [optimizer.kind])];
  return [sizes, batchSize, loss, ...unusual].join('/');
}

/** Where a network predicts and where it learns. */
export interface BackendChoice {
  readonly predict: BackendName;
  readonly learn: BackendName;
}

/** By how much two backends together must be faster than one: they hold the network twice, and either may be lost. */
const WORTH_TWO = 0.8;

/**
 * The least time of a prediction after a step. Two backends cost a copy of the weights besides: read out where they are learned, and made a network again.
 * @returns undefined when nothing was measured; the earlier of equals
 */
export function chooseBackends(results: readonly ProbeResult[]): BackendChoice | undefined {
  const measured = results.filter((result) => result.predictMs !== null);
  const pairs = measured.flatMap((predict) =>
    measured.map((learn) => ({
      choice: { predict: predict.backend, learn: learn.backend },
      cost: costOf(predict, learn) / (predict === learn ? 1 : WORTH_TWO),
    })),
  );
  // Alone first: of equals, one backend.
  const inOrder = [...pairs.filter(isOne), ...pairs.filter((pair) => !isOne(pair))];
  let best = inOrder[0];
  for (const pair of inOrder) if (best && pair.cost < best.cost) best = pair;
  return best?.choice;
}

function isOne({ choice }: { readonly choice: BackendChoice }): boolean {
  return choice.predict === choice.learn;
}

function costOf(predict: Timings, learn: Timings): number {
  return predict.predictMs + learn.learnMs + (predict === learn ? 0 : learn.readMs + predict.createMs);
}

const unmeasured: Unmeasured = {
  predictMs: null,
  predictBatchMs: null,
  learnMs: null,
  readMs: null,
  createMs: null,
  samples: 0,
};

function explainChoice({ predict, learn }: BackendChoice, results: readonly ProbeResult[]): string {
  const figures = results.map(({ backend, predictMs, learnMs, reason }) =>
    predictMs === null
      ? `${backend} is out (${reason ?? 'not measured'})`
      : `${backend} takes ${formatMs(predictMs)} a prediction and ${formatMs(learnMs)} a training step`,
  );
  const verdict =
    predict === learn
      ? `${predict} is the fastest here for this network`
      : `${predict} predicts and ${learn} learns, which is the fastest here for this network, the copies included`;
  return `${verdict}: ${figures.join('; ')}.`;
}
