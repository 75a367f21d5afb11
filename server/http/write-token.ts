import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { RegistryError } from '../registry-error.ts';

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Asks for `Authorization: Bearer <token>` on everything that writes. */
export function requireWriteToken(token: string): MiddlewareHandler {
  const wanted = hashOf(token);
  return async (context, next) => {
    const given = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
    // Hashes have one length, and comparing them takes one time, whatever was guessed.
    if (!readMethods.has(context.req.method) && !timingSafeEqual(hashOf(given), wanted))
      throw new RegistryError('UNAUTHORIZED');
    await next();
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
