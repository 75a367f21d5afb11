import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { limited } from '../learning/harness/limited.ts';
import type { GateCost } from './gate-cost-run.ts';
import type { ArmFigures } from './poison-run.ts';
import type { Poison } from './poison-world.ts';

export type ChildJob =
  | {
      readonly kind: 'poison';
      readonly world: 'classification' | 'ranking';
      readonly seed: number;
      readonly poisons: readonly Poison[];
    }
  | { readonly kind: 'gate cost'; readonly stream: string; readonly seed: number };

export type ChildResult =
  | { readonly kind: 'poison'; readonly figures: readonly ArmFigures[] }
  | { readonly kind: 'gate cost'; readonly cost: GateCost }
  | { readonly kind: 'failed'; readonly reason: string };

/** A processor each, on the smallest machines that this runs on. */
const PROCESSES = 2;

/** Answers in the order of the jobs. @throws Error where a job failed */
export async function inChildren(jobs: readonly ChildJob[]): Promise<readonly ChildResult[]> {
  const idle: ChildProcess[] = [];
  const file = fileURLToPath(new URL('poison-child.ts', import.meta.url));
  const started: ChildProcess[] = [];
  const start = () => {
    const child = fork(file, [], { execArgv: ['--import', import.meta.resolve('tsx')], serialization: 'advanced' });
    started.push(child);
    return child;
  };
  try {
    return await limited(jobs, PROCESSES, async (job) => {
      const child = idle.pop() ?? start();
      const result = await asked(child, job);
      idle.push(child);
      if (result.kind === 'failed') throw new Error(result.reason);
      return result;
    });
  } finally {
    for (const child of started) child.kill();
  }
}

function asked(child: ChildProcess, job: ChildJob): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => {
      reject(new Error(`a run ended with exit code ${String(code)}`));
    };
    child.once('exit', ended);
    child.once('message', (result: ChildResult) => {
      child.off('exit', ended);
      resolve(result);
    });
    child.send(job);
  });
}
