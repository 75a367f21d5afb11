import type { LearnerWorker, StartReport, StartRequest, WireResult } from '../../src/protocol/messages.ts';

/** What a replay needs of a learner worker, wherever it runs. */
export interface ReplayWorker extends Pick<LearnerWorker, 'stream' | 'checkpoint' | 'status'> {
  start(request: StartRequest): Promise<WireResult<StartReport>>;
  /** How `start` is to be asked here: which storage is the real one, and which backends there are. */
  readonly place: Pick<StartRequest, 'storage' | 'backends'>;
  /** Program and version that ran it, for reports. */
  readonly host: string;
  close(): Promise<void>;
}
