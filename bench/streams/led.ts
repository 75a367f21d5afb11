import { numberedColumns, partOf, type StreamGenerator } from './stream.ts';

/** Segments of the digits 0 to 9, as in the CART book. */
const digits = [
  '1110111',
  '0010010',
  '1011101',
  '1011011',
  '0111010',
  '1101011',
  '1101111',
  '1010010',
  '1111111',
  '1111011',
] as const;
const attributes = 24;
const noise = 0.1;

/**
 * LED display (Breiman et al. 1984, "Classification and Regression Trees"): ten digits from seven segments, each inverted with chance 0.1, and 17
 * attributes that mean nothing; the best possible accuracy is about 0.74. Half-way the segments move to other attributes.
 */
export const led: StreamGenerator = {
  columns: [...numberedColumns('light', attributes), 'label'],
  *rows(count, rng) {
    const places = Array.from({ length: attributes }, (_, index) => index);
    for (let row = 0; row < count; row++) {
      if (row > 0 && partOf(row, count, 2) > partOf(row - 1, count, 2)) rng.shuffle(places);
      const digit = rng.nextInt(10);
      const lights: string[] = [];
      places.forEach((place, segment) => {
        const lit = digits[digit]?.[segment];
        const on = lit === undefined ? rng.nextFloat() < 0.5 : (lit === '1') !== rng.nextFloat() < noise;
        lights[place] = on ? 'on' : 'off';
      });
      yield [...lights, `digit ${String(digit)}`];
    }
  },
};
