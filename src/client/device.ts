import type { Connection } from './connection.ts';

/** Loaded when a worker serves. */
export interface DevicePart {
  /** @param onEnd called when the worker has ended without being told to */
  readonly watchDevice: (connection: Connection, onEnd: () => void) => void;
}
