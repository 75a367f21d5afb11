import type { Alias } from '../../src/sync/wire.ts';
import { RegistryError } from '../registry-error.ts';

/** Strong: names one state of the alias, also when it comes back to a version that it pointed at before. */
export function aliasEtag({ revision, digest }: Alias): string {
  return `"${revision}-${digest}"`;
}

/** The comparison that `If-None-Match` asks for (RFC 9110, 13.1.2): weak, which proxies may have made of a strong one. */
export function noneMatch(field: string | undefined, etag: string): boolean {
  return field === undefined || !etagsOf(field).some((given) => given === '*' || given.replace(/^W\//, '') === etag);
}

/**
 * What `If-Match` and `If-None-Match` of a write say about the state it starts from (RFC 9110, 13.1.1: strong comparison).
 * @throws INVALID_REQUEST
 */
export function writePrecondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): (current: Alias | null) => boolean {
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new RegistryError('INVALID_REQUEST', { reason: 'If-None-Match of a write can only be *' });
  }
  const wanted = ifMatch === undefined ? null : etagsOf(ifMatch);
  return (current) => {
    if (ifNoneMatch !== undefined && current) return false;
    if (!wanted) return true;
    return current !== null && (wanted.includes('*') || wanted.includes(aliasEtag(current)));
  };
}

function etagsOf(field: string): string[] {
  return field.match(/(?:W\/)?"[^"]*"|\*/g) ?? [];
}
