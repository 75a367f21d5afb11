import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

const idleCheckMs = 20;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How many of the following ports to try when the port is taken. */
  readonly spares: number;
}

export interface Listening {
  /** Ends with a slash. */
  readonly url: string;
  /** Takes no more requests, lets those under way end within `graceMs` and cuts off the rest. */
  close(graceMs: number): Promise<void>;
}

/** @throws what the operating system says, such as EADDRINUSE when no port is free */
export async function listen(app: Hono, { host, port, spares }: ListenOptions): Promise<Listening> {
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void answer(request, response));
  await listenOnFree(server, host, port, spares);
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${taken}/`, close: (graceMs) => close(server, graceMs) };
}

async function listenOnFree(server: Server, host: string, port: number, spares: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (caught) {
    if (!isTaken(caught) || spares === 0 || port === 65_535) throw caught;
    await listenOnFree(server, host, port + 1, spares - 1);
  }
}

function isTaken(caught: unknown): boolean {
  return caught instanceof Error && 'code' in caught && caught.code === 'EADDRINUSE';
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  // Connections that are kept alive without a request would hold the server open until their clients end them.
  const closeIdle = setInterval(() => {
    server.closeIdleConnections();
  }, idleCheckMs);
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  server.close();
  await closed;
  clearInterval(closeIdle);
  clearTimeout(timer);
}
