import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fromRoot } from '../lib/paths.mjs';

const kinds = ['ranking', 'classification', 'regression', 'forecasting', 'retrieval'];

/**
 * 1 kB is 1000 bytes. Limits are of all that the file can load, each compressed by itself, as a page would get it; of the learner's module with `kind` what it
 * loads until it serves a task of that kind: other kinds, the GPU's and WebAssembly's code and long-term memory come when they are needed.
 * @type {readonly { file: string, what: string, limitKb: number, kind?: string }[]}
 */
const limits = [
  { file: 'tendril.js', what: 'script tag', limitKb: 8 },
  { file: 'tendril.mjs', what: 'import', limitKb: 8 },
  { file: 'signals.mjs', what: 'capture, on demand', limitKb: 12 },
  { file: 'privacy.mjs', what: 'privacy, on demand', limitKb: 3 },
  { file: 'review.mjs', what: 'review, on demand', limitKb: 8 },
  { file: 'manage.mjs', what: 'versions and health', limitKb: 1 },
  { file: 'device.mjs', what: 'device, on demand', limitKb: 1 },
  ...kinds.map((kind) => ({ file: 'learner.worker.mjs', what: kind, limitKb: 150, kind })),
  // With everything that comes later: backends (WebGPU 30 kB, WebAssembly 10), long-term memory, versions and their gate, health (30 kB), reviews.
  { file: 'learner.worker.mjs', what: 'learner, all', limitKb: 300 },
  // One file with every kind: what is for other origins cannot load the rest when it is needed.
  { file: 'learner.worker.js', what: 'learner, classic', limitKb: 290 },
  { file: 'sync.worker.js', what: 'service worker', limitKb: Infinity },
];

/**
 * The sizes that a page pays.
 * @type {import('./check.mjs').Check}
 */
export const sizes = {
  name: 'sizes',
  async run() {
    const missing = limits.filter(({ file }) => !existsSync(fromRoot('dist/lib', file)));
    if (missing.length > 0) return { ok: false, details: missing.map(({ file }) => `${file} is missing.`).join('\n') };
    const measured = limits.map((limit) => ({ ...limit, ...measure(limit.file, limit.kind) }));
    return {
      ok: measured.every(({ gzipKb, limitKb, strangers }) => gzipKb <= limitKb && strangers.length === 0),
      note: measured.map(formatRow).join('\n'),
      details: measured
        .flatMap(({ file, strangers }) => strangers.map((name) => `${file} imports ${name}.`))
        .join('\n'),
    };
  },
};

/** @typedef {{ gzipKb: number, rawKb: number, files: number, strangers: string[] }} Measure */

/**
 * @param {string} file
 * @param {string} [kind] of what is imported later, only this kind of task is loaded
 * @returns {Measure} `strangers` are the imports that lead out of dist/lib
 */
function measure(file, kind) {
  const entry = fromRoot('dist/lib', file);
  const { files, strangers } = loadable(entry, kind);
  const contents = files.map((each) => readFileSync(each));
  return {
    gzipKb: sum(contents.map((bytes) => gzipSync(bytes, { level: 9 }).length)) / 1000,
    rawKb: sum(contents.map((bytes) => bytes.length)) / 1000,
    files: files.length,
    strangers,
  };
}

/**
 * Everything that a script imports, at once or later, and what that imports.
 * @param {string} entry
 * @param {string} [kind]
 */
function loadable(entry, kind) {
  const files = new Set([entry]);
  /** @type {string[]} */
  const strangers = [];
  for (const file of files) {
    for (const { specifier, later } of specifiers(readFileSync(file, 'utf8'))) {
      const path = resolve(dirname(file), specifier);
      if (kind !== undefined && later && !specifier.includes(`chunks/${kind}-`)) continue;
      if (specifier.startsWith('.') && existsSync(path)) files.add(path);
      else strangers.push(specifier);
    }
  }
  return { files: [...files], strangers };
}

/**
 * Of a bundle, whose imports are plain text: a parser that does not know what is a template gets lost in minified code.
 * @param {string} code
 */
function specifiers(code) {
  const found = code.matchAll(/\b(?:from|import)\s*(\(?)\s*(["'`])([\w@./-]+)\2/g);
  return [...found].map(([, bracket, , specifier = '']) => ({ specifier, later: bracket === '(' }));
}

/** @param {{ what: string, file: string, limitKb: number } & Measure} row */
function formatRow({ what, file, gzipKb, rawKb, files, limitKb }) {
  const limit = Number.isFinite(limitKb) ? `of ${limitKb} kB` : '';
  const over = gzipKb > limitKb ? ' OVER' : '';
  return `  ${what.padEnd(18)} ${gzipKb.toFixed(1).padStart(6)} kB gzip ${limit.padEnd(9)} ${rawKb.toFixed(0).padStart(5)} kB raw, ${files} ${files === 1 ? 'file ' : 'files'} ${file}${over}`;
}

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);
