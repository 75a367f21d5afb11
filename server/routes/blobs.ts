import { Hono } from 'hono';
import { toReprDigest } from '../../src/sync/digest.ts';
import { checkpointType, digest as digestSchema } from '../../src/sync/wire.ts';
import { noneMatch } from '../http/etags.ts';
import { parseRequest } from '../http/parse.ts';
import type { Stores } from '../publish.ts';
import { RegistryError } from '../registry-error.ts';

/** Checkpoints by digest: the same address is always the same bytes. */
export function blobRoutes({ blobs }: Stores): Hono {
  const app = new Hono();

  app.get('/blobs/:digest', async (context) => {
    const digest = parseRequest(digestSchema, context.req.param('digest'), 'the digest');
    const bytes = await blobs.get(digest);
    if (!bytes) throw new RegistryError('UNKNOWN_BLOB', { digest });
    context.header('ETag', `"${digest}"`);
    context.header('Cache-Control', 'public, max-age=31536000, immutable');
    if (!noneMatch(context.req.header('if-none-match'), `"${digest}"`)) return context.body(null, 304);
    context.header('Content-Type', checkpointType);
    context.header('Repr-Digest', toReprDigest(digest));
    return context.body(bytes);
  });

  return app;
}
