import { Hono, type Context } from 'hono';
import * as v from 'valibot';
import { aliasTarget, registryName, type aliasHistory, type aliasList, type Alias } from '../../src/sync/wire.ts';
import { aliasEtag, noneMatch, writePrecondition } from '../http/etags.ts';
import { parseOptional, parseRequest } from '../http/parse.ts';
import type { Stores } from '../publish.ts';
import { RegistryError } from '../registry-error.ts';
import type { AliasChange } from '../stores/registry-store.ts';
import { modelParameter } from './models.ts';

const actor = v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,100}$/));
const onePath = '/models/:model/aliases/:alias';

/** Reading and moving aliases; a write is conditional with `If-Match` or `If-None-Match: *`. */
export function aliasRoutes({ store, clock }: Stores): Hono {
  const app = new Hono();

  app.get('/models/:model/aliases', async (context) => {
    const model = modelParameter(context.req.param('model'));
    if (!(await store.model(model))) throw new RegistryError('UNKNOWN_MODEL', { model });
    return context.json({ aliases: await store.aliases(model) } satisfies v.InferOutput<typeof aliasList>);
  });

  app.get(onePath, async (context) => {
    const { model, alias } = parameters(context);
    const current = await store.alias(model, alias);
    if (!current) throw new RegistryError('UNKNOWN_ALIAS', { model, alias });
    setAliasHeaders(context, current);
    return noneMatch(context.req.header('if-none-match'), aliasEtag(current))
      ? context.json(current)
      : context.body(null, 304);
  });

  app.put(onePath, async (context) => {
    const { modelVersion } = parseRequest(aliasTarget, await jsonBody(context), 'the body');
    const moved = await store.setAlias(changeOf(context, clock.nowMs()), modelVersion);
    setAliasHeaders(context, moved);
    return context.json(moved, moved.revision === 1 ? 201 : 200);
  });

  app.delete(onePath, async (context) => {
    await store.deleteAlias(changeOf(context, clock.nowMs()));
    return context.body(null, 204);
  });

  app.get(`${onePath}/history`, async (context) => {
    const { model, alias } = parameters(context);
    const moves = await store.aliasHistory(model, alias);
    if (moves.length === 0) throw new RegistryError('UNKNOWN_ALIAS', { model, alias });
    return context.json({ moves } satisfies v.InferOutput<typeof aliasHistory>);
  });

  return app;
}

function parameters(context: Context): { model: string; alias: string } {
  return {
    model: modelParameter(context.req.param('model') ?? ''),
    alias: parseRequest(registryName, context.req.param('alias'), 'the alias'),
  };
}

function setAliasHeaders(context: Context, alias: Alias): void {
  context.header('ETag', aliasEtag(alias));
  // May be kept, must be asked about each time: an alias is moved to be seen at once.
  context.header('Cache-Control', 'no-cache');
}

function changeOf(context: Context, nowMs: number): AliasChange {
  const header = (name: string) => context.req.header(name);
  return {
    ...parameters(context),
    nowMs,
    movedBy: parseOptional(actor, header('tendril-actor'), 'Tendril-Actor'),
    precondition: writePrecondition(header('if-match'), header('if-none-match')),
  };
}

async function jsonBody(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch (caught) {
    throw new RegistryError('INVALID_REQUEST', { reason: 'the body is not JSON' }, { cause: caught });
  }
}
