import { Rng } from '../../src/core/rng.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { detectors, type NamedDetector } from './detectors.ts';
import { evaluate } from './detectors-evaluation.ts';
import { percent } from './detectors-runs.ts';
import { bernoulli } from './detectors-streams.ts';

const STREAMS = 40;
const LEVELS = [0.05, 0.15, 0.3, 0.5];
const SEGMENT = 3000;
const MOST_DELAY = 1000;
const SEED = 70_000;

/** Alarms of all streams, as if one came after the other; each begins with a new detector. */
function alarmsOf(create: NamedDetector['create']): { alarms: number[]; drifts: number[] } {
  const [alarms, drifts]: [number[], number[]] = [[], []];
  for (let stream = 0; stream < STREAMS; stream++) {
    const [detector, rng] = [create(), Rng.fromSeed(SEED + stream)];
    LEVELS.forEach((level, index) => {
      const start = (stream * LEVELS.length + index) * SEGMENT;
      if (index > 0) drifts.push(start);
      for (let i = 0; i < SEGMENT; i++) {
        detector.update(bernoulli(rng, level));
        if (detector.driftDetected) alarms.push(start + i);
      }
    });
  }
  return { alarms, drifts };
}

function figureOf({ name, create }: NamedDetector): Figure {
  const { alarms, drifts } = alarmsOf(create);
  const measured = evaluate(alarms, drifts, MOST_DELAY);
  const { precision, episodeRecall, f1, detectionDelay, timeBetweenFalseAlarms, meanTimeRatio } = measured;
  const number = (value: number | undefined) => value?.toFixed(0) ?? '–';
  const note = [
    `precision ${precision === undefined ? '–' : percent(precision)}`,
    `found ${percent(episodeRecall)}`,
    `mean time to detection ${number(detectionDelay)}`,
    `between false alarms ${number(timeBetweenFalseAlarms)}`,
    `mean time ratio ${number(meanTimeRatio)}`,
  ].join(', ');
  return { what: name, value: f1 ?? 0, unit: 'F1', note };
}

export const episodes: FigureSection = {
  key: 'episodes',
  title: 'Streams that get worse three times',
  protocol: `The measures of River's drift.evaluate: ${STREAMS} streams of errors at rates of ${LEVELS.join(', ')}, ${SEGMENT} values each; an alarm within ${MOST_DELAY} values after a rise has found it, every other is false. F1 is that of precision and of the share of rises that were found.`,
  measure: () => Promise.resolve(detectors.map(figureOf)),
};
