import type {
  FeatureDeclaration,
  FeatureSchema,
  Features,
  FeatureValue,
  ParsedFeatures,
  ParsedValue,
} from '../core/task.ts';
import { TendrilError } from '../errors.ts';

const MAX_TEXT_LENGTH = 20_000;
const MAX_ENTRIES = 4_096;

/** What parsing needs of a schema, worked out once: candidates are parsed by the hundred. */
interface ParsingPlan {
  readonly names: readonly string[];
  /** [names] */
  readonly declarations: readonly FeatureDeclaration[];
  /** Every name with null. Its copies are much faster to make than objects built name by name, and have `__proto__` as a name like any other. */
  readonly blank: ParsedFeatures;
}

const plans = new WeakMap<FeatureSchema, ParsingPlan>();

/**
 * Parses a page's features against the schema. Absent and null mean missing; a name that the schema does not have is an error, because
 * it is nearly always a misspelling.
 * @param schema must not change once it was parsed against
 * @throws INVALID_FEATURE for a number that is NaN or infinite in 32 bits, a wrong type, a wrong size or an unknown name
 */
export function parseFeatures(schema: FeatureSchema, features: unknown): ParsedFeatures {
  if (!isRecord(features)) throw invalid('*', 'the features are not an object');
  const { names, declarations, blank } = planOf(schema);
  const given = Object.keys(features);
  const isComplete = areSame(given, names);
  if (!isComplete) requireKnown(schema, given);
  const parsed: Record<string, ParsedValue> = { ...blank };
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    // What an object inherits, such as `constructor`, is no feature.
    const value = isComplete || Object.hasOwn(features, name) ? features[name] : null;
    parsed[name] = parseValue(name, declarations[index]!, value);
  }
  return parsed;
}

function planOf(schema: FeatureSchema): ParsingPlan {
  let plan = plans.get(schema);
  if (!plan) {
    const names = Object.keys(schema);
    const blank = Object.fromEntries(names.map((name) => [name, null]));
    plan = { names, declarations: Object.values(schema), blank };
    plans.set(schema, plan);
  }
  return plan;
}

/** A page mostly gives all features, and in the order in which it declared them: then nothing needs to be looked up. */
function areSame(given: readonly string[], names: readonly string[]): boolean {
  if (given.length !== names.length) return false;
  for (let index = 0; index < names.length; index++) if (given[index] !== names[index]) return false;
  return true;
}

function requireKnown(schema: FeatureSchema, given: readonly string[]): void {
  for (const name of given) if (!Object.hasOwn(schema, name)) throw invalid(name, 'it is not in the schema');
}

function isRecord(value: unknown): value is Features {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseValue(name: string, declaration: FeatureDeclaration, value: FeatureValue): ParsedValue {
  if (value === null || value === undefined) return null;
  switch (declaration.type) {
    case 'numeric':
      return finite(name, value);
    case 'categorical':
      return category(name, value);
    case 'text':
      if (typeof value !== 'string') throw invalid(name, 'a text is a string');
      return value.slice(0, MAX_TEXT_LENGTH);
    case 'multi-hot':
      return entries(name, value, (entry) => {
        if (typeof entry !== 'string') throw invalid(name, 'a multi-hot value is a list of strings');
        return entry;
      });
    case 'embedding':
      if (Array.isArray(value) && value.length !== declaration.size)
        throw invalid(name, `an embedding of ${declaration.size} numbers is declared`);
      return entries(name, value, (entry) => finite(name, entry));
  }
}

function entries<T>(name: string, value: FeatureValue, parse: (entry: string | number) => T): readonly T[] {
  if (!Array.isArray(value)) throw invalid(name, 'a list is declared');
  if (value.length > MAX_ENTRIES) throw invalid(name, 'the list is too long');
  // Unlike `map`, this does not pass over holes.
  return Array.from(value as readonly (string | number)[], parse);
}

function finite(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalid(name, 'a number is declared');
  // The model computes in 32 bits; squares of larger numbers would overflow the running statistics too.
  if (!Number.isFinite(Math.fround(value))) throw invalid(name, 'the number is not finite in 32 bits');
  return value;
}

function category(name: string, value: FeatureValue): string {
  if (typeof value === 'number') return String(finite(name, value));
  if (typeof value === 'string' || typeof value === 'boolean') return String(value).slice(0, MAX_TEXT_LENGTH);
  throw invalid(name, 'a category is a string, a number or a boolean');
}

function invalid(feature: string, reason: string): TendrilError {
  return new TendrilError('INVALID_FEATURE', { feature, reason });
}
