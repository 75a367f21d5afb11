import { numberedColumns, partOf, type StreamGenerator } from './stream.ts';

const features = 6;
const classes = 4;
const stay = [0.9, 0.6, 0.9] as const;
const distance = 0.9;

/**
 * Four Gaussian classes that overlap, drawn by a Markov chain that stays in its class with chance 0.9, 0.6 and 0.9 again in the three parts of
 * the stream: a label says much about the next one, but not always as much. In each part two classes change places.
 */
export const stickyClasses: StreamGenerator = {
  columns: [...numberedColumns('x', features), 'label'],
  *rows(count, rng) {
    const centres = Array.from({ length: classes }, () =>
      Array.from({ length: features }, () => distance * rng.nextGaussian()),
    );
    let label = 0;
    for (let row = 0; row < count; row++) {
      const part = partOf(row, count, stay.length);
      if (rng.nextFloat() >= (stay[part] ?? 0)) label = rng.nextInt(classes);
      const centre = centres[(label + (label < 2 ? part : 0)) % classes] ?? [];
      yield [...centre.map((value) => value + rng.nextGaussian()), `class ${String(label + 1)}`];
    }
  },
};
