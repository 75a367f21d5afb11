import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { reviewCase, verdictRequest, type ReviewCase, type ReviewVerdict } from '../../src/sync/review-wire.ts';

/** People elsewhere, behind a real server: what was handed over, and what they say of it. */
export interface ReviewServer {
  readonly url: string;
  readonly cases: Map<string, ReviewCase>;
  readonly recalled: string[];
  /** Requests that were answered, by method. */
  readonly requests: string[];
  readonly verdicts: Map<string, ReviewVerdict>;
  /** While false every request is refused with status 503. */
  isUp: boolean;
  close(): Promise<void>;
}

export async function startReviewServer(): Promise<ReviewServer> {
  const server = {
    url: '',
    cases: new Map<string, ReviewCase>(),
    recalled: [] as string[],
    requests: [] as string[],
    verdicts: new Map<string, ReviewVerdict>(),
    isUp: true,
    close: async () => Promise.resolve(),
  };
  const http = serve({ fetch: routes(server).fetch, port: 0, hostname: '127.0.0.1' });
  await once(http, 'listening');
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  server.close = () => closed(http);
  return server;
}

function routes(server: ReviewServer): Pick<Hono, 'fetch'> {
  const app = new Hono().basePath('/api/v1/reviews/:task');
  app.use(async (context, next) => {
    server.requests.push(context.req.method);
    if (server.isUp) return next();
    return context.json({ code: 'UNAVAILABLE', message: 'come back later', details: {} }, 503);
  });
  app.put('/:id', async (context) => {
    const given = v.parse(reviewCase, await context.req.json());
    if (given.reviewId !== context.req.param('id') || given.taskId !== context.req.param('task'))
      return context.json({ code: 'INVALID', message: 'another review', details: {} }, 400);
    server.cases.set(given.reviewId, given);
    return context.body(null, 204);
  });
  app.delete('/:id', (context) => {
    server.recalled.push(context.req.param('id'));
    const known = server.cases.delete(context.req.param('id'));
    return known ? context.body(null, 204) : context.json({ code: 'UNKNOWN', message: 'none', details: {} }, 404);
  });
  app.post('/verdicts', async (context) => {
    const { reviewIds } = v.parse(verdictRequest, await context.req.json());
    return context.json({ verdicts: reviewIds.flatMap((id) => server.verdicts.get(id) ?? []) });
  });
  return app;
}

async function closed(http: ServerType): Promise<void> {
  const ended = once(http, 'close');
  http.close();
  await ended;
}
