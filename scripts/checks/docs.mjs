import { existsSync, readFileSync } from 'node:fs';
import { fromRoot, readJson } from '../lib/paths.mjs';
import { difference, findingOf } from './check.mjs';

/**
 * README.md's table of errors has the codes of src/errors.ts, all and only.
 * @type {import('./check.mjs').Check}
 */
export const errorDocs = {
  name: 'error table',
  async run() {
    const codes = matches(read('src/errors.ts'), /^ {2}([A-Z][A-Z_]+): /gm);
    const rows = matches(read('README.md'), /^\|\s*`([A-Z][A-Z_]+)`\s*\|/gm);
    const { onlyLeft, onlyRight } = difference(codes, rows);
    return findingOf([
      ...(codes.length === 0 ? ['No code was found in src/errors.ts.'] : []),
      ...onlyLeft.map((code) => `README.md has no row for ${code}.`),
      ...onlyRight.map((code) => `README.md has a row for ${code}, which src/errors.ts does not have.`),
    ]);
  },
};

/**
 * docs/dependencies.md has a reason for every direct dependency, in its exact version, all and only.
 * @type {import('./check.mjs').Check}
 */
export const dependencyDocs = {
  name: 'dependency table',
  async run() {
    /** @type {{ dependencies: Record<string, string>, devDependencies: Record<string, string> }} */
    const { dependencies, devDependencies } = readJson('package.json');
    const wanted = Object.entries({ ...dependencies, ...devDependencies }).map((entry) => entry.join(' '));
    const rows = matches(read('docs/dependencies.md'), /^\|\s*`([^`]+)`\s*\|/gm);
    const { onlyLeft, onlyRight } = difference(wanted, rows);
    return findingOf([
      ...onlyLeft.map((name) => `docs/dependencies.md has no row for ${name}.`),
      ...onlyRight.map((name) => `docs/dependencies.md has a row for ${name}, which package.json does not have.`),
    ]);
  },
};

/** @param {string} file */
const read = (file) => (existsSync(fromRoot(file)) ? readFileSync(fromRoot(file), 'utf8') : '');

/**
 * @param {string} text
 * @param {RegExp} pattern
 */
const matches = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
