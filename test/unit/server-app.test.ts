import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  alias,
  aliasHistory,
  errorBody,
  modelVersion,
  modelVersionList,
  registeredModelList,
} from '../../src/sync/wire.ts';
import { checkpointOf, openTestRegistry, type TestRegistry } from './server-fixture.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(async () => {
  expect(registry.reported).toEqual([]);
  await registry.remove();
});

const api = async (path: string, init?: RequestInit): Promise<Response> => registry.app.request(`/api/v1${path}`, init);
const octets = { 'content-type': 'application/octet-stream' };
const publish = (body: BodyInit, headers: Record<string, string> = {}, model = 'reader') =>
  api(`/models/${model}/versions`, { method: 'POST', body, headers: { ...octets, ...headers } });
const point = (version: unknown, headers: Record<string, string> = {}, name = 'champion') =>
  api(`/models/reader/aliases/${name}`, {
    method: 'PUT',
    body: JSON.stringify({ modelVersion: version }),
    headers: { 'content-type': 'application/json', ...headers },
  });
const sha256 = (bytes: Uint8Array, encoding: 'hex' | 'base64') => createHash('sha256').update(bytes).digest(encoding);

async function expectError(answer: Response | Promise<Response>, status: number, code: string): Promise<void> {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const body = v.parse(v.strictObject(errorBody.entries), await response.json());
  expect([response.status, body.code]).toEqual([status, code]);
}

describe('publishing', () => {
  it('stores the checkpoint under its digest and numbers it', async () => {
    const bytes = checkpointOf(7, { 'tendril.taskId': '"reader"', note: 'é' });
    const response = await publish(bytes);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/api/v1/models/reader/versions/1');
    const version = v.parse(v.strictObject(modelVersion.entries), await response.json());
    expect(version).toEqual({
      model: 'reader',
      modelVersion: 1,
      digest: `sha256:${sha256(bytes, 'hex')}`,
      sizeBytes: bytes.length,
      createdAtMs: 1_700_000_000_000,
      metadata: { 'tendril.format': 'test/1', 'tendril.taskId': '"reader"', note: 'é' },
    });
    expect(await (await api('/models/reader/versions/1')).json()).toEqual(version);
    const blob = await api(`/blobs/${version.digest}`);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
    expect(blob.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(blob.headers.get('content-type')).toBe('application/octet-stream');
    expect(blob.headers.get('repr-digest')).toBe(`sha-256=:${sha256(bytes, 'base64')}:`);
  });

  it('answers 200 with the version that is there for the same key and for the same bytes', async () => {
    const first = await publish(checkpointOf(7), { 'idempotency-key': 'a/b:c' });
    const version: unknown = await first.json();
    const again = await publish(checkpointOf(7), { 'idempotency-key': 'a/b:c' });
    const sameBytes = await publish(checkpointOf(7));
    expect([first.status, again.status, sameBytes.status]).toEqual([201, 200, 200]);
    expect([await again.json(), await sameBytes.json()]).toEqual([version, version]);
    await expectError(publish(checkpointOf(8), { 'idempotency-key': 'a/b:c' }), 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  it('gives 20 that come at once the numbers 1 to 20', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => publish(checkpointOf(i))));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(201));
    const versions = await Promise.all(answers.map(async (answer) => v.parse(modelVersion, await answer.json())));
    const numbers = versions.map((version) => version.modelVersion).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('checks the SHA-256 of Repr-Digest, beside digests that it does not know', async () => {
    const bytes = checkpointOf(7);
    const digest = `sha-256=:${sha256(bytes, 'base64')}:`;
    expect((await publish(bytes, { 'repr-digest': `sha-512=:AAAA:, ${digest}` })).status).toBe(201);
    expect((await publish(bytes, { 'repr-digest': 'sha-512=:AAAA:' })).status).toBe(200);
    await expectError(publish(checkpointOf(8), { 'repr-digest': digest }), 400, 'DIGEST_MISMATCH');
    await expectError(publish(bytes, { 'repr-digest': 'sha-256=:AAAA:' }), 400, 'INVALID_REQUEST');
  });

  it('refuses what is no checkpoint, and registers nothing then', async () => {
    await expectError(publish(checkpointOf(7).slice(0, -1)), 422, 'CHECKPOINT_CORRUPT');
    await expectError(publish('{}'), 422, 'CHECKPOINT_CORRUPT');
    await expectError(publish(checkpointOf(7, { 'tendril.format': '' })), 422, 'CHECKPOINT_REFUSED');
    await expectError(publish(checkpointOf(7, { large: 'x'.repeat(70_000) })), 422, 'CHECKPOINT_REFUSED');
    await expectError(publish(checkpointOf(7), { 'content-type': 'application/json' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectError(publish(checkpointOf(7), { 'idempotency-key': 'x'.repeat(256) }), 400, 'INVALID_REQUEST');
    for (const model of ['Reader', '.reader', 'a%2Fb', 'x'.repeat(101), '%00']) {
      await expectError(publish(checkpointOf(7), {}, model), 400, 'INVALID_REQUEST');
    }
    await expectError(api('/models/reader'), 404, 'UNKNOWN_MODEL');
  });

  it('refuses bodies beyond 16 MiB, with and without a length that says so', async () => {
    const large = new Uint8Array(16 * 1024 * 1024 + 1);
    await expectError(publish(large, { 'content-length': String(large.length) }), 413, 'PAYLOAD_TOO_LARGE');
    await expectError(publish(large), 413, 'PAYLOAD_TOO_LARGE');
    const largest = new Uint8Array(16 * 1024 * 1024);
    await expectError(publish(largest), 422, 'CHECKPOINT_CORRUPT');
  });

  it('repairs a damaged file when its checkpoint is published again', async () => {
    const bytes = checkpointOf(7);
    const hex = sha256(bytes, 'hex');
    await publish(bytes);
    await writeFile(join(registry.folder, 'blobs', 'sha256', hex.slice(0, 2), hex), 'damaged');
    await publish(bytes);
    expect(new Uint8Array(await (await api(`/blobs/sha256:${hex}`)).arrayBuffer())).toEqual(bytes);
  });
});

describe('reading', () => {
  it('lists models and versions page by page', async () => {
    for (const content of [1, 2, 3]) await publish(checkpointOf(content));
    await publish(checkpointOf(1), {}, 'other');
    const { models } = v.parse(registeredModelList, await (await api('/models?limit=1&after=other')).json());
    expect(models.map(({ model, latestModelVersion }) => [model, latestModelVersion])).toEqual([['reader', 3]]);
    const { modelVersions } = v.parse(
      modelVersionList,
      await (await api('/models/reader/versions?before=3&limit=1')).json(),
    );
    expect(modelVersions.map((version) => version.modelVersion)).toEqual([2]);
    expect(await (await api('/models/reader')).json()).toEqual(models[0]);
  });

  it('says what is not there', async () => {
    await publish(checkpointOf(7));
    await expectError(api('/models/nobody'), 404, 'UNKNOWN_MODEL');
    await expectError(api('/models/nobody/versions'), 404, 'UNKNOWN_MODEL');
    await expectError(api('/models/reader/versions/2'), 404, 'UNKNOWN_MODEL_VERSION');
    await expectError(api('/models/reader/aliases/champion'), 404, 'UNKNOWN_ALIAS');
    await expectError(api('/models/reader/aliases/champion/history'), 404, 'UNKNOWN_ALIAS');
    await expectError(api(`/blobs/sha256:${'0'.repeat(64)}`), 404, 'UNKNOWN_BLOB');
    await expectError(api('/nothing'), 404, 'NOT_FOUND');
    await expectError(registry.app.request('/'), 404, 'NOT_FOUND');
  });

  it('refuses parameters that are none', async () => {
    await publish(checkpointOf(7));
    for (const path of [
      '/models?limit=0',
      '/models?limit=1e2',
      '/models?after=A',
      '/models/reader/versions?before=x',
    ]) {
      await expectError(api(path), 400, 'INVALID_REQUEST');
    }
    for (const path of [
      '/models/reader/versions/0',
      '/models/reader/versions/latest',
      '/blobs/..%2F..%2Fregistry.sqlite',
      '/blobs/sha256:00',
    ]) {
      await expectError(api(path), 400, 'INVALID_REQUEST');
    }
  });

  it('answers 304 to who has the blob', async () => {
    const { digest } = v.parse(modelVersion, await (await publish(checkpointOf(7))).json());
    const again = await api(`/blobs/${digest}`, { headers: { 'if-none-match': `"${digest}"` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('aliases', () => {
  beforeEach(async () => {
    await publish(checkpointOf(1));
    await publish(checkpointOf(2));
  });

  it('are made, read and told apart by a strong ETag', async () => {
    const made = await point(1);
    expect(made.status).toBe(201);
    const read = await api('/models/reader/aliases/champion');
    expect(await read.json()).toEqual(v.parse(v.strictObject(alias.entries), await made.json()));
    const etag = read.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"1-sha256:[0-9a-f]{64}"$/);
    expect(etag).toBe(made.headers.get('etag'));
    expect(read.headers.get('cache-control')).toBe('no-cache');
    const same = await api('/models/reader/aliases/champion', { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await point(2)).status).toBe(200);
    expect((await api('/models/reader/aliases/champion', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('move only from the state that If-Match names', async () => {
    const etag = (await point(1)).headers.get('etag') ?? '';
    const moved = await point(2, { 'if-match': etag });
    expect(moved.status).toBe(200);
    await expectError(point(1, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
    await expectError(point(1, { 'if-match': `W/${moved.headers.get('etag') ?? ''}` }), 412, 'PRECONDITION_FAILED');
    expect((await point(1, { 'if-match': `"x", ${moved.headers.get('etag') ?? ''}` })).status).toBe(200);
    // Back at version 1 it is another state than the first one.
    await expectError(point(2, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  });

  it('are made only once with If-None-Match: *', async () => {
    expect((await point(1, { 'if-none-match': '*' })).status).toBe(201);
    await expectError(point(2, { 'if-none-match': '*' }), 412, 'PRECONDITION_FAILED');
    await expectError(point(2, { 'if-none-match': '"x"' }), 400, 'INVALID_REQUEST');
    await expectError(point(2, { 'if-match': '*' }, 'challenger'), 412, 'PRECONDITION_FAILED');
  });

  it('keep their history, also when they are deleted', async () => {
    await point(1, { 'tendril-actor': 'ann' });
    await point(2);
    const etag = (await api('/models/reader/aliases/champion')).headers.get('etag') ?? '';
    const remove = (headers: Record<string, string>) =>
      api('/models/reader/aliases/champion', { method: 'DELETE', headers });
    await expectError(remove({ 'if-match': '"x"' }), 412, 'PRECONDITION_FAILED');
    expect((await remove({ 'if-match': etag })).status).toBe(204);
    await expectError(remove({}), 404, 'UNKNOWN_ALIAS');
    const { moves } = v.parse(aliasHistory, await (await api('/models/reader/aliases/champion/history')).json());
    expect(moves.map((move) => [move.revision, move.fromModelVersion, move.toModelVersion, move.movedBy])).toEqual([
      [3, 2, null, null],
      [2, 1, 2, null],
      [1, null, 1, 'ann'],
    ]);
  });

  it('refuse targets that are none', async () => {
    await expectError(point(3), 404, 'UNKNOWN_MODEL_VERSION');
    for (const target of [0, -1, 1.5, '1', null]) await expectError(point(target), 400, 'INVALID_REQUEST');
    await expectError(point(1, {}, 'Champion'), 400, 'INVALID_REQUEST');
    await expectError(api('/models/reader/aliases/champion', { method: 'PUT', body: '{' }), 400, 'INVALID_REQUEST');
    expect(await (await api('/models/reader/aliases')).json()).toEqual({ aliases: [] });
  });
});

describe('the registry', () => {
  it('keeps everything over a restart', async () => {
    const bytes = checkpointOf(7);
    const { digest } = v.parse(modelVersion, await (await publish(bytes, { 'idempotency-key': 'key' })).json());
    const etag = (await point(1)).headers.get('etag');
    registry = await registry.restart();
    expect((await api('/models/reader/aliases/champion')).headers.get('etag')).toBe(etag);
    expect(new Uint8Array(await (await api(`/blobs/${digest}`)).arrayBuffer())).toEqual(bytes);
    expect((await publish(bytes, { 'idempotency-key': 'key' })).status).toBe(200);
    expect(v.parse(modelVersion, await (await publish(checkpointOf(8))).json()).modelVersion).toBe(2);
  });

  it('answers pages of other origins, and hardens every answer', async () => {
    const preflight = await api('/models/reader/versions', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'idempotency-key',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('idempotency-key');
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
    await publish(checkpointOf(7));
    const answer = await point(1);
    expect(answer.headers.get('access-control-expose-headers')).toBe('ETag,Location,Repr-Digest');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('tells that it is healthy', async () => {
    expect(await (await registry.app.request('/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('keeps what went wrong inside to itself', async () => {
    await registry.store.close();
    await expectError(registry.app.request('/healthz'), 500, 'INTERNAL');
    expect(registry.reported).toHaveLength(1);
    registry.reported.length = 0;
    registry = await openTestRegistry({}, registry.folder);
  });
});

describe('a registry with a write token', () => {
  beforeEach(async () => {
    await registry.remove();
    registry = await openTestRegistry({ writeToken: 'secret-7' });
  });

  it('asks for it on writes only', async () => {
    await expectError(publish(checkpointOf(7)), 401, 'UNAUTHORIZED');
    await expectError(publish(checkpointOf(7), { authorization: 'Bearer secret-8' }), 401, 'UNAUTHORIZED');
    await expectError(publish(checkpointOf(7), { authorization: 'Basic secret-7' }), 401, 'UNAUTHORIZED');
    expect((await publish(checkpointOf(7), { authorization: 'Bearer secret-7' })).status).toBe(201);
    await expectError(point(1), 401, 'UNAUTHORIZED');
    await expectError(api('/models/reader/aliases/champion', { method: 'DELETE' }), 401, 'UNAUTHORIZED');
    expect((await api('/models/reader')).status).toBe(200);
    expect((await api('/models', { method: 'OPTIONS', headers: { origin: 'https://shop.example' } })).status).toBe(204);
  });
});
