import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCliOptions } from '../../server/cli-options.ts';
import { listen } from '../../server/listen.ts';
import { createRegistryClient } from '../../src/sync/registry-client.ts';
import { checkpointOf } from './server-fixture.ts';

const root = resolve(import.meta.dirname, '../..');

describe('parseCliOptions', () => {
  it('has defaults for a server that runs from its source', () => {
    expect(parseCliOptions([])).toEqual({
      host: '127.0.0.1',
      port: 4173,
      portIsFixed: false,
      dataFolder: resolve('.tendril'),
      staticFolder: join(root, 'dist', 'demo'),
      libFolder: join(root, 'dist', 'lib'),
      help: false,
    });
  });

  it('takes flags', () => {
    const options = parseCliOptions(['--port', '0', '--host=::1', '--data-dir', '/d', '--static', '/s', '--lib', '/l']);
    expect(options).toMatchObject({
      host: '::1',
      port: 0,
      portIsFixed: true,
      dataFolder: '/d',
      staticFolder: '/s',
      libFolder: '/l',
    });
  });

  it.each([['--port', '65536'], ['--port', '4e3'], ['--port', ''], ['--nonsense'], ['extra']])(
    'refuses %s %s',
    (...argv) => {
      expect(() => parseCliOptions(argv)).toThrow();
    },
  );
});

describe('listen', () => {
  it('takes one of the next ports when the wanted one is taken, unless it has no spares', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    await expect(listen(new Hono(), { host: '127.0.0.1', port, spares: 0 })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    const server = await listen(new Hono(), { host: '127.0.0.1', port, spares: 20 });
    const taken = Number(new URL(server.url).port);
    expect(taken).toBeGreaterThan(port);
    expect(taken).toBeLessThanOrEqual(port + 20);
    await server.close(0);
    occupant.close();
  });

  it('lets a request under way end when it closes', async () => {
    const events = new EventTarget();
    const event = (name: string) => once(events, name);
    const [started, released] = [event('started'), event('released')];
    const app = new Hono();
    app.get('/', async (context) => {
      events.dispatchEvent(new Event('started'));
      await released;
      return context.text('done');
    });
    const server = await listen(app, { host: '127.0.0.1', port: 0, spares: 0 });
    const answer = fetch(server.url);
    await started;
    const closed = server.close(60_000);
    events.dispatchEvent(new Event('released'));
    expect(await (await answer).text()).toBe('done');
    await closed;
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe('the server process', { timeout: 60_000 }, () => {
  let folder: string;
  let server: ChildProcess | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tendril-process-'));
  });
  afterEach(async () => {
    server?.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const start = (...flags: string[]): ChildProcess => {
    const argv = ['--import', 'tsx', join(root, 'server', 'main.ts'), '--data-dir', folder, ...flags];
    server = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    return server;
  };
  const urlOf = async ({ stdout }: ChildProcess): Promise<string> => {
    if (!stdout) throw new Error('no output');
    for await (const line of createInterface(stdout)) {
      const url = /^Tendril is at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line)?.[1];
      if (url !== undefined) return url;
    }
    throw new Error('the server ended without saying where it is');
  };

  it('says where it is, has everything that it acknowledged after it was killed, and ends on a signal', async () => {
    const first = start('--port', '0');
    const client = createRegistryClient({ baseUrl: await urlOf(first) });
    const { digest } = await client.publish('reader', checkpointOf(7), { idempotencyKey: 'one' });
    await client.setAlias('reader', 'champion', 1);
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = start('--port', '0');
    const again = createRegistryClient({ baseUrl: await urlOf(second) });
    expect(await again.resolveAlias('reader', 'champion')).toMatchObject({ modelVersion: 1, digest });
    expect(await again.fetchCheckpoint(digest)).toEqual(checkpointOf(7));
    second.kill('SIGTERM');
    expect(await once(second, 'exit')).toEqual([0, null]);
  });

  it('ends with a reason when the port that was asked for is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    const process = start('--port', String(port));
    const [errors, [code]] = await Promise.all([process.stderr && text(process.stderr), once(process, 'exit')]);
    expect(code).toBe(1);
    expect(errors).toContain('EADDRINUSE');
    occupant.close();
  });
});
