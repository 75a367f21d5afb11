import { Hono, type Context } from 'hono';
import { cors } from 'hono/cors';
import { apiPath } from '../src/sync/wire.ts';
import { errorHandler, notFoundHandler, type ReportError } from './http/errors.ts';
import { requireWriteToken } from './http/write-token.ts';
import type { Stores } from './publish.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { blobRoutes } from './routes/blobs.ts';
import { modelRoutes } from './routes/models.ts';
import { publishingRoutes } from './routes/publishing.ts';
import { staticFiles } from './static-files.ts';

export interface AppOptions extends Stores {
  /** Folder of the page served at `/`. */
  readonly staticFolder?: string | undefined;
  /** Folder of the library's files, served under `/tendril/`. */
  readonly libFolder?: string | undefined;
  /** Bearer token that writes need; without it everybody who reaches the server can write. */
  readonly writeToken?: string | undefined;
  /** Default 16 MiB. */
  readonly maxCheckpointBytes?: number;
  readonly reportError: ReportError;
}

/** The registry and the pages beside it as one Hono app, free of ports and processes. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  app.onError(errorHandler(options.reportError));
  app.notFound(notFoundHandler);
  // Models and library serve pages of any origin, also those that are isolated by COEP.
  app.use(cors(corsOptions));
  app.use(async (context, next) => {
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cross-Origin-Resource-Policy', 'cross-origin');
    await next();
  });
  app.get('/healthz', async (context) => {
    await options.store.models(1, null);
    return context.json({ status: 'ok' });
  });
  app.route(`/${apiPath}`, apiRoutes(options));
  addFiles(app, options);
  return app;
}

const corsOptions: Parameters<typeof cors>[0] = {
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'Repr-Digest',
    'Tendril-Actor',
  ],
  exposeHeaders: ['ETag', 'Location', 'Repr-Digest'],
  maxAge: 86_400,
};

function apiRoutes(options: AppOptions): Hono {
  const api = new Hono();
  if (options.writeToken !== undefined) api.use(requireWriteToken(options.writeToken));
  api.route('/', publishingRoutes(options, options.maxCheckpointBytes));
  api.route('/', modelRoutes(options));
  api.route('/', aliasRoutes(options));
  api.route('/', blobRoutes(options));
  return api;
}

function addFiles(app: Hono, { libFolder, staticFolder }: AppOptions): void {
  if (libFolder !== undefined)
    app.get('/tendril/*', staticFiles({ folder: libFolder, prefix: '/tendril', decorate: widenScope }));
  if (staticFolder !== undefined) app.get('/*', staticFiles({ folder: staticFolder }));
}

/** A service worker may only serve pages below its own path, unless its server says otherwise. */
function widenScope(context: Context, path: string): void {
  if (path === '/sync.worker.js') context.header('Service-Worker-Allowed', '/');
}
