import { capture } from '../lib/run.mjs';

/**
 * A check that is a tool: it passes when the tool exits with 0.
 * @param {string} name
 * @param {readonly string[]} args a script, relative to the root, and its arguments
 * @returns {import('./check.mjs').Check}
 */
function tool(name, args) {
  return {
    name,
    async run() {
      const { code, output } = await capture(process.execPath, args);
      return { ok: code === 0, details: output.trim() };
    },
  };
}

const sources = ['src', 'workers', 'server', 'demo', 'test', 'bench'];
const depcruise = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';

export const format = tool('format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']);
export const lint = tool('lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']);
export const types = tool('types', ['node_modules/typescript/bin/tsc', '--noEmit']);
export const imports = tool('imports', [depcruise, '--config', '.dependency-cruiser.cjs', ...sources]);
export const build = tool('build', ['scripts/build.mjs']);
