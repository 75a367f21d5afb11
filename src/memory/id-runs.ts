import type { Transaction } from 'dexie';
import { murmur3 } from '../core/hashing.ts';
import { isSegment, rowAt, type Segment } from './segment.ts';

/** Log positions of one record. */
export const RUN = 512;
/** Segments read at once, where runs are made anew. */
const MOST = 64;

/**
 * What is stored to find an experience by its id: 32 bits of the ids of {@link RUN} consecutive log positions in one record, because an index entry for each
 * experience takes longer to write than the experience. Two ids may have the same digest, so what is found is compared with the log.
 */
export interface Run {
  /** The key: it begins at position `run * RUN + 1`. */
  readonly run: number;
  /** [RUN], fewer where the log ends, by position; 0 where there is no experience, or none that has an id. */
  readonly digests: Uint32Array<ArrayBuffer>;
}

/** Not 0. */
export function digestOf(experienceId: string): number {
  return murmur3(experienceId, 1) || 1;
}

export const runOf = (position: number): number => Math.floor((position - 1) / RUN);
export const placeOf = (position: number): number => (position - 1) % RUN;

/** The runs from `first` to `last`, both included, that have experiences. One that is missing or damaged is made anew. */
export async function readRuns(transaction: Transaction, first: number, last: number): Promise<Run[]> {
  const found = await transaction
    .table<unknown, number>('digests')
    .where(':id')
    .between(first, last, true, true)
    .toArray();
  const runs = found.filter(isRun);
  const numbers = [first - 1, ...runs.map(({ run }) => run), last + 1];
  for (let index = 1; index < numbers.length; index++) {
    const [before, after] = [numbers[index - 1] ?? 0, numbers[index] ?? 0];
    if (after - before > 1) runs.push(...(await makeRuns(transaction, before + 1, after - 1)));
  }
  return runs;
}

/** Makes runs of what is in the log, and stores them. */
export async function makeRuns(transaction: Transaction, first: number, last: number): Promise<Run[]> {
  const runs = new Map<number, Run>();
  let more = true;
  for (let after = first * RUN, page = 1; more; page = Math.min(MOST, 2 * page)) {
    const segments = await transaction
      .table<unknown, number>('segments')
      .where(':id')
      .above(after)
      .limit(page)
      .toArray();
    for (const segment of segments.filter(isSegment)) {
      addDigests(runs, segment, first, last);
      more = runOf(segment.positions[0] ?? segment.last) <= last;
    }
    more &&= segments.length === page;
    after = (segments.at(-1) as Segment | undefined)?.last ?? after;
  }
  await transaction.table('digests').bulkPut([...runs.values()]);
  return [...runs.values()];
}

function addDigests(runs: Map<number, Run>, segment: Segment, first: number, last: number): void {
  segment.positions.forEach((position, place) => {
    const { experienceId } = (rowAt(segment, place) ?? {}) as { readonly experienceId?: unknown };
    const run = runOf(position);
    if (run < first || run > last || typeof experienceId !== 'string') return;
    const made = runs.get(run) ?? { run, digests: new Uint32Array(RUN) };
    made.digests[placeOf(position)] = digestOf(experienceId);
    runs.set(run, made);
  });
}

/**
 * Takes what is no longer in the log out of its runs.
 * @param mayWrite false where there is no room: what shares a run with others stays then, and is found to be gone when it is looked up
 */
export async function removeDigests(
  transaction: Transaction,
  positions: readonly number[],
  mayWrite = true,
): Promise<void> {
  const table = transaction.table<unknown, number>('digests');
  const runs = (await table.bulkGet([...new Set(positions.map(runOf))])).filter(isRun);
  const byNumber = new Map(runs.map((run) => [run.run, run.digests]));
  for (const position of positions) byNumber.get(runOf(position))?.fill(0, placeOf(position), placeOf(position) + 1);
  const isEmpty = ({ digests }: Run) => digests.every((digest) => digest === 0);
  await table.bulkDelete(runs.filter(isEmpty).map(({ run }) => run));
  if (mayWrite) await table.bulkPut(runs.filter((run) => !isEmpty(run)));
}

function isRun(value: unknown): value is Run {
  if (typeof value !== 'object' || value === null) return false;
  const { run, digests } = value as Record<keyof Run, unknown>;
  return Number.isSafeInteger(run) && digests instanceof Uint32Array && digests.length <= RUN;
}
