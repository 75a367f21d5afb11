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

/**
 * Parses a page's features against the schema. Absent and null mean missing; a name that the schema does not have is an error, because
 * it is nearly always a misspelling.
 * @throws INVALID_FEATURE for a number that is NaN or infinite in 32 bits, a wrong type, a wrong size or an unknown name
 */
export function parseFeatures(schema: FeatureSchema, features: unknown): ParsedFeatures {
  if (!isRecord(features)) throw invalid('*', 'the features are not an object');
  for (const name of Object.keys(features)) {
    if (!Object.hasOwn(schema, name)) throw invalid(name, 'it is not in the schema');
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, declaration]) => [
      name,
      // What an object inherits, such as `constructor`, is no feature.
      parseValue(name, declaration, Object.hasOwn(features, name) ? features[name] : null),
    ]),
  );
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
