import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {...string} parts path relative to the root, with forward slashes */
export const fromRoot = (...parts) => resolve(root, ...parts);

/**
 * @template T
 * @param {string} file path relative to the root
 * @returns {T}
 */
export function readJson(file) {
  return JSON.parse(readFileSync(fromRoot(file), 'utf8'));
}
