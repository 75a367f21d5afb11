import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { fromReprDigest } from '../../src/sync/digest.ts';
import { apiPath, checkpointType, maxCheckpointBytes } from '../../src/sync/wire.ts';
import { parseOptional } from '../http/parse.ts';
import { publish, type Stores } from '../publish.ts';
import { RegistryError } from '../registry-error.ts';
import { modelParameter } from './models.ts';

/** Visible ASCII, as in any header. */
const idempotencyKey = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,255}$/));

/** Publishing a checkpoint: 201 for a new version, 200 for one that was there. */
export function publishingRoutes(stores: Stores, maxBytes = maxCheckpointBytes): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new RegistryError('PAYLOAD_TOO_LARGE', { maxBytes });
    },
  });

  app.post('/models/:model/versions', limit, async (context) => {
    const model = modelParameter(context.req.param('model'));
    requireType(context);
    const { version, created } = await publish(stores, {
      model,
      bytes: new Uint8Array(await context.req.arrayBuffer()),
      idempotencyKey: parseOptional(idempotencyKey, context.req.header('idempotency-key'), 'Idempotency-Key'),
      expectedDigest: expectedDigest(context.req.header('repr-digest')),
    });
    context.header('Location', `/${apiPath}/models/${model}/versions/${version.modelVersion}`);
    return context.json(version, created ? 201 : 200);
  });

  return app;
}

function requireType(context: Context): void {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== checkpointType) throw new RegistryError('UNSUPPORTED_MEDIA_TYPE', { expected: checkpointType });
}

/** @returns null where the field is absent or only has algorithms that are not checked here */
function expectedDigest(field: string | undefined): string | null {
  if (!field?.includes('sha-256=')) return null;
  const digest = fromReprDigest(field);
  if (digest === null)
    throw new RegistryError('INVALID_REQUEST', { reason: 'the SHA-256 in Repr-Digest cannot be read' });
  return digest;
}
