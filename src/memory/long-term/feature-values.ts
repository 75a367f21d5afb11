import type { ParsedFeatures } from '../../core/task.ts';

/** Longer texts are no values that come again. */
const MAX_VALUE_LENGTH = 60;
/** Of a feature with several. */
const MAX_VALUES = 16;

/** Values of features that can come again, e.g. categories and tags; numbers and vectors are none. */
export function forEachValue(
  features: ParsedFeatures,
  found: (name: string, value: string, place: number) => void,
): void {
  for (const name of Object.keys(features)) {
    const value = features[name];
    if (typeof value === 'string') {
      if (value.length <= MAX_VALUE_LENGTH) found(name, value, 0);
      continue;
    }
    if (!Array.isArray(value)) continue;
    const values = value as readonly (string | number)[];
    for (let i = 0; i < values.length && i < MAX_VALUES; i++) {
      const one = values[i];
      if (typeof one === 'string' && one.length <= MAX_VALUE_LENGTH) found(name, one, i);
    }
  }
}

export function forEachNumber(features: ParsedFeatures, found: (name: string, value: number) => void): void {
  for (const name of Object.keys(features)) {
    const value = features[name];
    if (typeof value === 'number' && Number.isFinite(value)) found(name, value);
  }
}
