import type { WorkerEvent } from '../protocol/messages.ts';

/** How the runtime speaks without being asked. */
export interface Outlet {
  emit(event: WorkerEvent): void;
  report(caught: unknown, taskId: string | null): void;
}
