import { Rng } from '../../src/core/rng.ts';
import type { PartState } from '../../src/core/part-state.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { detectors, type NamedDetector } from './detectors.ts';
import { bernoulli } from './detectors-streams.ts';

const [BEFORE, TIMED, BATCHES] = [20_000, 1000, 31];

function figuresOf({ name, create }: NamedDetector): Figure[] {
  const [detector, rng] = [create(), Rng.fromSeed(80_000)];
  const values = Array.from({ length: BEFORE + TIMED * BATCHES }, () => bernoulli(rng, 0.2));
  for (const value of values.slice(0, BEFORE)) detector.update(value);
  const durations = Array.from({ length: BATCHES }, (_, batch) => {
    const timed = values.slice(BEFORE + batch * TIMED, BEFORE + (batch + 1) * TIMED);
    // Of the processor, because other work on the machine must not count.
    const before = process.cpuUsage();
    for (const value of timed) detector.update(value);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  const medianUs = durations.sort((a, b) => a - b)[Math.floor(BATCHES / 2)]!;
  return [
    { what: `${name}: one value`, value: medianUs / TIMED, unit: 'µs' },
    { what: `${name}: state`, value: bytesOf(detector.state()), unit: 'bytes' },
  ];
}

/** Of the arrays, and of the rest as JSON. */
function bytesOf({ tensors, values }: PartState): number {
  const arrays = Object.values(tensors).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return arrays + JSON.stringify(values).length;
}

export const cost: FigureSection = {
  key: 'cost',
  title: 'What a detector costs',
  protocol: `After ${BEFORE.toLocaleString('en-GB')} errors at a rate of 0.20: processor time, the median of ${BATCHES} batches of ${TIMED} values, and the state that would be stored.`,
  measure: () => Promise.resolve(detectors.flatMap(figuresOf)),
};
