import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fromRoot, root } from '../lib/paths.mjs';
import { findingOf } from './check.mjs';

const largestBytes = 5_000_000;

/** Put together here, so that this file does not hold what it looks for. */
const forbidden = [
  {
    what: 'a path of one machine',
    pattern: new RegExp(['/wo' + 'rk/', '/ro' + 'ot/', '/ho' + 'me/[a-z]', '/Us' + 'ers/[A-Za-z]'].join('|')),
  },
  { what: 'the host of a package registry', pattern: new RegExp('regis' + 'try\\.(npmjs|yarnpkg|npmmirror)\\.') },
];

/**
 * What a repository should not hold: big files, paths and hosts of one machine.
 * @type {import('./check.mjs').Check}
 */
export const hygiene = {
  name: 'repository',
  async run() {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\0')
      .filter((file) => file !== '' && existsSync(fromRoot(file)));
    return findingOf([...files.flatMap(problemsOf), ...lockProblems()]);
  },
};

/** @param {string} file */
function problemsOf(file) {
  if (statSync(fromRoot(file)).size > largestBytes) return [`${file} is larger than ${largestBytes / 1e6} MB.`];
  const bytes = readFileSync(fromRoot(file));
  if (bytes.includes(0)) return [];
  const lines = bytes.toString('utf8').split('\n');
  return forbidden.flatMap(({ what, pattern }) => {
    const index = lines.findIndex((line) => pattern.test(line));
    return index < 0 ? [] : [`${file}:${index + 1} holds ${what}.`];
  });
}

function lockProblems() {
  const hasHosts = /"resolved": "https?:/.test(readFileSync(fromRoot('package-lock.json'), 'utf8'));
  return hasHosts
    ? ['package-lock.json says where packages were downloaded: omit-lockfile-registry-resolved in .npmrc.']
    : [];
}
