import { TendrilError } from '../errors.ts';
import type { BackendName } from './compute.ts';

/** What a backend cannot do, or not any more. */
export function computeFailed(backend: BackendName, reason: string): TendrilError {
  return new TendrilError('COMPUTE_FAILED', { backend, reason });
}
