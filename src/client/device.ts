import type { Connection } from './connection.ts';

/** Loaded when a worker serves. */
export interface DevicePart {
  readonly watchDevice: (connection: Connection) => void;
}
