import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [shell]
 * @property {number} [timeoutMs]
 */

/**
 * Runs a program in the root folder, its output on ours, and gives its exit code (1 when a signal ended it or it
 * could not start).
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export async function run(program, args, options) {
  return (await spawnAndWait(program, args, 'inherit', options)).code;
}

/**
 * @param {readonly string[]} args a script, relative to the root, and its arguments
 * @param {RunOptions} [options]
 */
export const runNode = (args, options) => run(process.execPath, args, options);

/**
 * As {@link run}, but keeps the output.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export const capture = (program, args, options) => spawnAndWait(program, args, 'pipe', options);

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {'inherit' | 'pipe'} output
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
function spawnAndWait(program, args, output, { env = process.env, shell = false, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const stdio = /** @type {const} */ (['ignore', output, output]);
    const child = spawn(program, [...args], { cwd: root, env, shell, timeout: timeoutMs, stdio: [...stdio] });
    /** @type {string[]} */
    const parts = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ part) => parts.push(part));
    }
    child.once('error', (error) => {
      resolve({ code: 1, output: error.message });
    });
    child.once('close', (code) => {
      resolve({ code: code ?? 1, output: parts.join('') });
    });
  });
}
