import type { Environment, OpenedStorage } from './environment.ts';
import type { Outlet } from './outlet.ts';
import type { ParsedStartRequest } from './start-request.ts';

/** IndexedDB, or the same interface in memory where the page may not have it. */
export async function openStorage(
  request: ParsedStartRequest,
  environment: Environment,
  outlet: Outlet,
): Promise<OpenedStorage> {
  try {
    return await environment.openStorage(request.storage, request.namespace);
  } catch (caught) {
    outlet.report(caught, null);
    return environment.openStorage('memory', request.namespace);
  }
}
