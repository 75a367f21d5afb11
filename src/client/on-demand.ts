import { reasonOf } from '../errors.ts';
import type { WireResult } from '../protocol/messages.ts';
import { failure } from './connection.ts';

/** Uses a part of the library that is loaded by then; where it cannot be, that is the answer. */
export async function withPart<P, T>(
  load: () => Promise<P>,
  use: (part: P) => WireResult<T> | Promise<WireResult<T>>,
): Promise<WireResult<T>> {
  try {
    return await use(await load());
  } catch (caught) {
    return failure('WORKER_UNAVAILABLE', { reason: reasonOf(caught) });
  }
}

type Methods = Readonly<Record<PropertyKey, (...given: unknown[]) => Promise<WireResult<unknown>>>>;

/** The methods of something that is loaded when the first one is called. */
export function onDemand<T extends object>(load: () => Promise<T>): T {
  // Whoever awaits it shall get it: it is no promise.
  const get = (_: T, name: PropertyKey) =>
    name === 'then'
      ? undefined
      : (...given: unknown[]) => withPart(load as unknown as () => Promise<Methods>, (part) => part[name]!(...given));
  return new Proxy({} as T, { get });
}
