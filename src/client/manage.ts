import type {
  HealthAggregates,
  HealthReport,
  RollbackRequest,
  VersionsStatus,
  WireResult,
} from '../protocol/messages.ts';
import type { CallWorker } from './memory.ts';

/** Which versions of a model there are, and which one serves. Loaded with the first call. Nothing here rejects. */
export interface Versions {
  status(taskId: string): Promise<WireResult<VersionsStatus>>;
  /** Goes back to an earlier version, for every tab; to the champion before this one where none is named. The event `version` says so too. */
  rollback(taskId: string, about?: Omit<RollbackRequest, 'taskId'>): Promise<WireResult<VersionsStatus>>;
}

/** How a task does. Loaded with the first call. Nothing here rejects. The event `alert` says when something is not as it should be. */
export interface Health {
  status(taskId: string): Promise<WireResult<HealthReport>>;
  /** What may leave the device of it: counts and means, rounded. */
  aggregates(taskId: string): Promise<WireResult<HealthAggregates>>;
}

/** Loaded when it is asked for. */
export interface ManagePart {
  readonly createVersions: (call: CallWorker) => Versions;
  readonly createHealth: (call: CallWorker) => Health;
}
