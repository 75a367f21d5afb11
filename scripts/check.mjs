/** `npm run check`: everything about the repository that is not a test, one line each. The last line is the totals. */
import { ensureInstalled } from './lib/ensure-installed.mjs';
import { formatTotals } from './lib/totals.mjs';

await ensureInstalled();
await import('./build-kernels.mjs');
const { checks } = await import('./checks/all.mjs');

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const check of checks) {
  const startMs = performance.now();
  const { ok, details, note } = await runCheck(check);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  totals[ok ? 'passed' : 'failed'] += 1;
  console.log(`${check.name.padEnd(18)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(5)} s`);
  if (note) console.log(note);
  if (!ok && details) console.log(details.replace(/^/gm, '  '));
}
console.log(formatTotals(totals));
process.exit(totals.failed > 0 ? 1 : 0);

/**
 * @param {import('./checks/check.mjs').Check} check
 * @returns {Promise<import('./checks/check.mjs').Finding>}
 */
async function runCheck(check) {
  try {
    return await check.run();
  } catch (error) {
    return { ok: false, details: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
