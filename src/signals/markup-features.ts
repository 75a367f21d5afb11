import type { FeatureDeclaration, Features } from '../core/task.ts';

/** `data-tendril-<type>-<name>`: features that the host writes into its own markup. */
const PREFIX = 'data-tendril-';
const TYPES = ['numeric', 'categorical', 'text', 'multi-hot'] as const;
export type MarkupType = (typeof TYPES)[number];
export type MarkupSchema = Readonly<Record<string, MarkupType>>;

interface MarkupFeature {
  readonly type: MarkupType;
  readonly name: string;
  readonly value: string;
}

function markupFeatures(element: Element): MarkupFeature[] {
  return [...element.attributes].flatMap(({ name: attribute, value }) => {
    const type = TYPES.find((candidate) => attribute.startsWith(`${PREFIX}${candidate}-`));
    const name = attribute.slice(PREFIX.length + (type ?? '').length + 1);
    return type && name !== '' ? [{ type, name, value }] : [];
  });
}

/** Every feature that any of the elements declares; the first declaration of a name stands. */
export function markupSchema(elements: readonly Element[]): MarkupSchema {
  const schema = new Map<string, MarkupType>();
  for (const { name, type } of elements.flatMap(markupFeatures)) if (!schema.has(name)) schema.set(name, type);
  return Object.fromEntries(schema);
}

/** An element's features by the schema. An empty attribute is a missing value; a numeric one that is no number is NaN, which is refused later. */
export function readFeatures(element: Element, schema: MarkupSchema): Features {
  const features = markupFeatures(element).filter(({ name, type }) => schema[name] === type);
  return Object.fromEntries(features.map(({ name, type, value }) => [name, parse(type, value.trim())]));
}

function parse(type: FeatureDeclaration['type'], value: string): number | string | string[] | null {
  if (value === '') return null;
  if (type === 'numeric') return Number(value);
  return type === 'multi-hot' ? value.split(/\s+/) : value;
}
