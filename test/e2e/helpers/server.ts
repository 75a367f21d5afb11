import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = path.resolve(import.meta.dirname, '../../../dist/server/main.js');

/** The built server with a registry of its own, which is gone after `stop`. */
export interface RunningServer {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `dist/server/main.js` on a free port and waits until it has printed its address. */
export async function startServer(): Promise<RunningServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'tendril-e2e-'));
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await printedAddress(child);
  return {
    url,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function printedAddress(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The server has no output to read its address from.');
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /https?:\/\/[^\s/]+/.exec(line)?.[0];
    if (address !== undefined) {
      // Nothing reads what it prints from now on; a full pipe must not stop it.
      child.stdout.resume();
      return address;
    }
  }
  throw new Error(`The server ended before it printed an address. Has \`npm run build\` been run?`);
}
