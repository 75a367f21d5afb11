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

/** What is remembered, and what shall be forgotten. Nothing here rejects. */
export class Memory {
  readonly #call: CallWorker;

  constructor(call: CallWorker) {
    this.#call = call;
  }

  status(taskId: string): Promise<WireResult<MemoryStatus>> {
    return this.#call((worker) => worker.memory(taskId));
  }

  /** The entries of long-term memory that stand, each with the episodes that it comes from. */
  entries(taskId: string): Promise<WireResult<readonly KnowledgeRecord[]>> {
    return this.#call((worker) => worker.knowledge(taskId));
  }

  /**
   * Forgets an item, a span of time or a type of signal: what was stored of it is deleted, and the model goes back to the newest version that never
   * saw it and learns again from what remains.
   */
  forget(request: ForgetRequest): Promise<WireResult<ForgetAccount>> {
    return this.#call((worker) => worker.forget(request));
  }

  /** Takes what is new into long-term memory now, instead of when the device is idle. */
  consolidate(taskId: string): Promise<WireResult<ConsolidationReport>> {
    return this.#call((worker) => worker.consolidate(taskId));
  }
}
