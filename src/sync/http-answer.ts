import * as v from 'valibot';
import { reasonOf, TendrilError } from '../errors.ts';
import { errorBody, type ErrorBody } from './wire.ts';

/** An answer that was read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** Media type without parameters, lower case; empty where none was given. */
  readonly type: string;
  readonly etag: string | null;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * @throws REGISTRY_ANSWER_INVALID when the body is longer than `maxBytes`
 * @throws REGISTRY_UNREACHABLE when the connection is lost before its end
 */
export async function readAnswer(response: Response, maxBytes: number): Promise<HttpAnswer> {
  return {
    status: response.status,
    type: (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    etag: response.headers.get('etag'),
    bytes: await readBody(response, maxBytes),
  };
}

async function readBody({ body }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read().catch((caught: unknown) => {
      throw unreachable(caught);
    });
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      // The answer is refused already: how its rest ends does not matter.
      reader.cancel().catch(() => undefined);
      throw new TendrilError('REGISTRY_ANSWER_INVALID', { reason: `more than ${maxBytes} bytes` });
    }
    chunks.push(value);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}

export function unreachable(caught: unknown): TendrilError {
  return new TendrilError('REGISTRY_UNREACHABLE', { reason: reasonOf(caught) }, { cause: caught });
}

/** @throws REGISTRY_ANSWER_INVALID when the answer is not JSON of this schema */
export function parseJsonAnswer<T>(schema: v.GenericSchema<unknown, T>, { type, bytes }: HttpAnswer): T {
  if (type !== 'application/json') throw invalid(`${type || 'no type'} instead of application/json`);
  const result = v.safeParse(schema, parseJson(bytes), { abortEarly: true });
  if (!result.success) throw invalid(v.summarize(result.issues));
  return result.output;
}

export function invalid(reason: string): TendrilError {
  return new TendrilError('REGISTRY_ANSWER_INVALID', { reason });
}

function parseJson(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (caught) {
    throw invalid(reasonOf(caught));
  }
}

/** What a refusal says, or null where it is not in the registry's form, as from a proxy in between. */
export function parseErrorBody(answer: HttpAnswer): ErrorBody | null {
  try {
    return parseJsonAnswer(errorBody, answer);
  } catch {
    return null; // The status is all that can be told.
  }
}

export function rejected(answer: HttpAnswer): TendrilError {
  const body = parseErrorBody(answer);
  return new TendrilError('REGISTRY_REJECTED', {
    status: answer.status,
    reason: body ? `${body.code}: ${body.message}` : 'no reason given',
    registryCode: body?.code ?? null,
  });
}
