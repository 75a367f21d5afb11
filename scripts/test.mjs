/**
 * `npm test [-- vitest arguments]`: installs what is missing, finds a Chromium, builds, and runs every test there is.
 * The last line is the totals.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './lib/ensure-installed.mjs';
import { runNode } from './lib/run.mjs';
import { formatTotals } from './lib/totals.mjs';

const vitestArgs = process.argv.slice(2);

await ensureInstalled();
const { findChromium } = await import('./lib/find-chromium.mjs');
const chromium = await findChromium().catch((error) => giveUp(error.message));
console.log(`Tests in browsers use ${chromium}`);

if ((await runNode(['scripts/build.mjs', '--without-types'])) !== 0) giveUp('The build failed, so that no test ran.');

const folder = mkdtempSync(join(tmpdir(), 'tendril-test-'));
const reportFile = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
const env = { ...process.env, TENDRIL_CHROMIUM: chromium };
const code = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...vitestArgs], { env });
const { readTestReport } = await import('./lib/test-report.mjs');
const { totals, problems } = readTestReport(reportFile, { exitCode: code, isPart: vitestArgs.length > 0 });
rmSync(folder, { recursive: true });

for (const problem of problems) console.error(problem);
console.log(formatTotals(totals));
process.exit(totals.failed > 0 ? 1 : 0);

/**
 * @param {string} reason
 * @returns {never}
 */
function giveUp(reason) {
  console.error(reason);
  console.log(formatTotals({ passed: 0, failed: 1, skipped: 0 }));
  process.exit(1);
}
