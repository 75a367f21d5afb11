import { estimatedBytes } from './estimated-bytes.ts';

/**
 * An experience as a row of the log: JSON text where that loses nothing, which IndexedDB copies many times faster than objects, and which only has to be
 * parsed where it is wanted; the object itself otherwise.
 * @param experience without its position, which is kept beside it
 */
export function encodeRow(experience: object): unknown {
  return isJson(experience) ? JSON.stringify(experience) : experience;
}

/** What cannot be decoded comes as it is: it is no experience, and parsing it will say so. */
export function decodeRow(row: unknown): unknown {
  if (typeof row !== 'string') return row;
  try {
    return JSON.parse(row);
  } catch {
    return row;
  }
}

export function encodedBytes(row: unknown): number {
  return typeof row === 'string' ? row.length : estimatedBytes(row);
}

/** Whether a value comes back from JSON as it was. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isJsonObject(value);
    default:
      return false;
  }
}

function isJsonObject(value: object): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const name in value) {
    if (name === '__proto__' || !isJson((value as Record<string, unknown>)[name])) return false;
  }
  return true;
}
