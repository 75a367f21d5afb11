import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { TendrilError } from '../../src/errors.ts';
import { fromRoot, root } from '../../scripts/lib/paths.mjs';

const script = `
  const { findChromium } = await import(${JSON.stringify(pathToFileURL(fromRoot('scripts/lib/find-chromium.mjs')).href)});
  console.log(JSON.stringify((await findChromium()) ?? null));
`;

/**
 * Path of a Chromium that starts. Looking for it may install one, which talks on standard output: so it happens in a process of its own,
 * whose last line is the answer. @throws WORKER_UNAVAILABLE
 */
export async function chromiumPath(): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  const path: unknown = JSON.parse(lines.pop() ?? 'null');
  if (lines.length > 0) console.error(lines.join('\n'));
  if (typeof path === 'string') return path;
  throw new TendrilError('WORKER_UNAVAILABLE', {
    reason: 'there is no Chromium; set TENDRIL_CHROMIUM or use --runtime node',
  });
}
