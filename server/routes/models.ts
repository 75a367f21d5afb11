import { Hono } from 'hono';
import type * as v from 'valibot';
import {
  registryName,
  type ModelVersion,
  type modelVersionList,
  type registeredModelList,
} from '../../src/sync/wire.ts';
import { numberText, parseOptional, parseRequest } from '../http/parse.ts';
import type { Stores } from '../publish.ts';
import { RegistryError } from '../registry-error.ts';

const pageSize = { default: 100, max: 1_000 };
const limitText = numberText(1, pageSize.max);
const versionText = numberText(1, Number.MAX_SAFE_INTEGER);

/** Reading models and their versions. */
export function modelRoutes({ store }: Stores): Hono {
  const app = new Hono();

  app.get('/models', async (context) => {
    const limit = parseOptional(limitText, context.req.query('limit'), 'limit') ?? pageSize.default;
    const after = parseOptional(registryName, context.req.query('after'), 'after');
    const models = await store.models(limit, after);
    return context.json({ models } satisfies v.InferOutput<typeof registeredModelList>);
  });

  app.get('/models/:model', async (context) => {
    const name = modelParameter(context.req.param('model'));
    const model = await store.model(name);
    if (!model) throw new RegistryError('UNKNOWN_MODEL', { model: name });
    return context.json(model);
  });

  app.get('/models/:model/versions', async (context) => {
    const model = modelParameter(context.req.param('model'));
    const limit = parseOptional(limitText, context.req.query('limit'), 'limit') ?? pageSize.default;
    const before = parseOptional(versionText, context.req.query('before'), 'before');
    if (!(await store.model(model))) throw new RegistryError('UNKNOWN_MODEL', { model });
    const modelVersions = await store.versions(model, { limit, before });
    return context.json({ modelVersions } satisfies v.InferOutput<typeof modelVersionList>);
  });

  app.get('/models/:model/versions/:modelVersion', async (context) => {
    const model = modelParameter(context.req.param('model'));
    const number = parseRequest(versionText, context.req.param('modelVersion'), 'the version');
    const version = await store.version(model, number);
    if (!version) throw new RegistryError('UNKNOWN_MODEL_VERSION', { model, modelVersion: number });
    return context.json(version satisfies ModelVersion);
  });

  return app;
}

/** @throws INVALID_REQUEST */
export function modelParameter(text: string): string {
  return parseRequest(registryName, text, 'the model name');
}
