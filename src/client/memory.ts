import type { Remote } from 'comlink';
import type {
  ConsolidationReport,
  ForgetAccount,
  ForgetRequest,
  KnowledgeRecord,
  LearnerWorker,
  MemoryStatus,
  WireResult,
} from '../protocol/messages.ts';

/** Calls the worker; a failure is a value. */
export type CallWorker = <T extends object>(
  operation: (worker: Remote<LearnerWorker>) => Promise<WireResult<T>>,
) => Promise<WireResult<T>>;

/** What is remembered, and what shall be forgotten. Loaded with the first call. Nothing here rejects. */
export interface Memory {
  status(taskId: string): Promise<WireResult<MemoryStatus>>;
  /** The entries of long-term memory that stand, each with the episodes that it comes from. */
  entries(taskId: string): Promise<WireResult<readonly KnowledgeRecord[]>>;
  /**
   * Forgets an item, a span of time or a type of signal: what was stored of it is deleted, and the model goes back to the newest version that never
   * saw it and learns again from what remains.
   */
  forget(request: ForgetRequest): Promise<WireResult<ForgetAccount>>;
  /** Takes what is new into long-term memory now, instead of when the device is idle. */
  consolidate(taskId: string): Promise<WireResult<ConsolidationReport>>;
}
