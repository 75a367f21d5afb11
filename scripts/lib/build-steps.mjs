import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'vite';
import { fromRoot } from './paths.mjs';
import { runNode } from './run.mjs';

/** @param {string} mode a mode of vite.config.ts */
const vite = (mode) => async () => {
  await build({ configFile: fromRoot('vite.config.ts'), mode });
};

async function buildLearnerModule() {
  // Chunk names carry hashes, so that old ones would pile up.
  rmSync(fromRoot('dist/lib/chunks'), { recursive: true, force: true });
  await vite('learner-module')();
}

/** What a page may come to need, by its place in dist/lib: for whoever keeps it for a time without a network. */
function listFiles() {
  const names = readdirSync(fromRoot('dist/lib'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /[.]mjs$/.test(name)).map((name) => name.replaceAll('\\', '/'));
  writeFileSync(fromRoot('dist/lib/files.json'), `${JSON.stringify(files.sort(), null, 2)}\n`);
}

async function emitTypes() {
  rmSync(fromRoot('dist/types'), { recursive: true, force: true });
  const code = await runNode(['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json']);
  if (code !== 0) throw new Error('The types cannot be emitted.');
}

/** @type {Record<string, () => void | Promise<void>>} */
export const buildSteps = {
  lib: vite('lib'),
  embed: vite('embed'),
  signals: vite('signals'),
  privacy: vite('privacy'),
  review: vite('review'),
  manage: vite('manage'),
  device: vite('device'),
  'learner-module': buildLearnerModule,
  'learner-classic': vite('learner-classic'),
  sync: vite('sync'),
  files: listFiles,
  server: vite('server'),
  demo: vite('demo'),
  types: emitTypes,
};
