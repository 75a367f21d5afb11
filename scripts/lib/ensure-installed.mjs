import { existsSync, readFileSync } from 'node:fs';
import { fromRoot, readJson } from './paths.mjs';
import { run } from './run.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[] }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

/** npm writes this as the last step of an install, so that an interrupted one leaves none, or one that does not match. */
const installedLockFile = 'node_modules/.package-lock.json';

/** Installs what package-lock.json says, unless it is there. Ends the process when that is not possible. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  console.log('Installing the dependencies.');
  // A second try is for a network that failed in between; `npm ci` starts from nothing each time.
  if ((await npmCi()) === 0 || (await npmCi()) === 0) return;
  console.error('The dependencies cannot be installed: `npm ci` failed twice.');
  process.exit(1);
}

function isInstalled() {
  const installed = readInstalledLock();
  if (!installed) return false;
  /** @type {Lock} */
  const wanted = readJson('package-lock.json');
  return (
    Object.entries(wanted.packages).every(([path, entry]) => isPresent(path, entry, installed)) &&
    Object.values(installed.packages).every(fitsThisMachine)
  );
}

/** @returns {Lock | undefined} */
function readInstalledLock() {
  try {
    return JSON.parse(readFileSync(fromRoot(installedLockFile), 'utf8'));
  } catch {
    // Absent or cut off: either way nothing is known to be installed.
    return undefined;
  }
}

/**
 * Optional packages are those of other machines for the most part; they may be absent but not of another version.
 * @param {string} path
 * @param {LockedPackage} entry
 * @param {Lock} installed
 */
function isPresent(path, entry, installed) {
  if (path === '') return true;
  const found = installed.packages[path];
  if (!found) return entry.optional === true;
  return found.version === entry.version && existsSync(fromRoot(path, 'package.json'));
}

/**
 * False for a node_modules that was copied from another kind of machine.
 * @param {LockedPackage} entry
 */
function fitsThisMachine({ os, cpu }) {
  return (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch));
}

function npmCi() {
  // The project's own level is silent; what stops an install must be read.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env['npm_execpath'];
  if (npm?.endsWith('npm-cli.js')) return run(process.execPath, [npm, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}
