import type { Features, FeatureValue } from '../../core/task.ts';
import { elementOf } from './element-of.ts';
import type { Texts } from './texts.ts';

/** Names and values as text. */
export function featureList(features: Features, texts: Texts): HTMLElement {
  const known = Object.entries(features).filter(([, value]) => value !== null && value !== undefined);
  return listOf(known.map(([name, value]) => [name, textOf(value, texts)]));
}

/** What was said of a version: plain data, one level deep. */
export function aboutList(about: unknown): HTMLElement {
  const entries = typeof about === 'object' && about !== null ? Object.entries(about) : [];
  return listOf(entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
}

function listOf(entries: readonly (readonly [name: string, text: string])[]): HTMLElement {
  return elementOf(
    'dl',
    {},
    ...entries.flatMap(([name, text]) => [elementOf('dt', {}, name), elementOf('dd', {}, text)]),
  );
}

/** Vectors say nothing to a reader. */
function textOf(value: FeatureValue, texts: Texts): string {
  if (!Array.isArray(value)) return String(value);
  return value.every((entry) => typeof entry === 'string') ? value.join(', ') : texts.values(value.length);
}
