import type { BackendName } from '../../../src/compute/compute.ts';
import type { Contender, ContenderName, Job } from '../contender.ts';

/** What of a job does not depend on the host. */
export type Task = Omit<Job, 'wasmFolder' | 'onnx'>;

/** Where contenders run. */
export interface Host {
  readonly name: 'Node' | 'Chromium';
  /** Those that it has. */
  readonly backends: readonly BackendName[];
  readonly hasOnnxRuntime: boolean;
  /** In a worker or process of its own, which ends with `close`. */
  open(name: ContenderName, task: Task): Promise<Opened>;
  close(): Promise<void>;
}

export type Opened = Omit<Contender, 'open'>;

/** @param call calls one of a contender's methods where it runs @param end ends that */
export function openedBy(
  call: (method: keyof Contender, ...args: unknown[]) => Promise<unknown>,
  end: () => unknown,
): Opened {
  return {
    train: (steps) => call('train', steps) as Promise<number>,
    predict: (calls, rows) => call('predict', calls, rows) as Promise<number>,
    scores: (rows, number = 0) => call('scores', rows, number) as Promise<readonly number[]>,
    async close() {
      try {
        await call('close');
      } finally {
        await end();
      }
    },
  };
}
