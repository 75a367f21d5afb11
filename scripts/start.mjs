/**
 * `npm start [-- --no-open, arguments of the server]`: installs what is missing, builds, and starts the registry with the
 * demo on one address of this machine: http://127.0.0.1:4173, or the next free port from PORT on. Ctrl-C ends it.
 */
import { ensureInstalled } from './lib/ensure-installed.mjs';
import { findFreePort } from './lib/find-free-port.mjs';
import { openPage } from './lib/open-page.mjs';
import { runNode } from './lib/run.mjs';
import { startServer } from './lib/start-server.mjs';

const noOpen = '--no-open';
const serverArgs = process.argv.slice(2).filter((arg) => arg !== noOpen);

await ensureInstalled();
// It takes a few seconds, and nothing served is older than its source.
const built = await runNode(['scripts/build.mjs', '--without-types']);
if (built !== 0) process.exit(1);

const port = await findFreePort(Number(process.env['PORT'] || 4173));
const { address, exitCode } = startServer([
  ...['--port', String(port), '--data-dir', '.tendril', '--static', 'dist/demo', '--lib', 'dist/lib'],
  ...serverArgs,
]);
const url = await address;
if (url && !process.env['CI'] && !process.argv.includes(noOpen)) await openPage(url);
process.exit(await exitCode);
