import * as v from 'valibot';
import { TendrilError } from '../errors.ts';

const PROTOCOL_VERSION = 1;

const backendName = v.picklist(['webgpu', 'wasm', 'cpu']);
const startRequest = v.object({
  protocolVersion: v.literal(PROTOCOL_VERSION),
  /** Parsed one by one, so that a bad task does not stop the others. */
  tasks: v.array(v.looseObject({ id: v.string() })),
  namespace: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  storage: v.picklist(['indexeddb', 'memory']),
  registryUrl: v.nullable(v.pipe(v.string(), v.url())),
  registryAlias: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,99}$/)),
  backends: v.pipe(v.array(backendName), v.minLength(1)),
});
export type ParsedStartRequest = v.InferOutput<typeof startRequest>;

/** @throws INVALID_CONFIG */
export function parseStartRequest(request: unknown): ParsedStartRequest {
  const result = v.safeParse(startRequest, request);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_CONFIG', { reason: v.summarize(result.issues) });
}
