import { TendrilError } from '../../../src/errors.ts';
import { readCsv } from '../../replay/csv.ts';

export type LoggingPolicy = 'random' | 'bts';

/** One campaign of the Open Bandit Dataset as one policy logged it (Saito et al. 2020, arXiv 2008.07146): one row an impression. */
export interface OpenBanditLog {
  readonly actions: number;
  /** How many categories visitors have, in every log of the campaign together. */
  readonly categories: number;
  /** [rows] of each. */
  readonly action: Int32Array;
  /** 0, 1 or 2: left, middle, right. */
  readonly position: Int32Array;
  readonly reward: Float64Array;
  readonly propensity: Float64Array;
  /** [rows][4]: categories of the visitor as numbers that mean the same in every log of the campaign. */
  readonly visitor: readonly Int32Array[];
  /** [rows]: the visitor's affinity to the item that was shown; [actions] for each row in `affinities`. */
  readonly affinities: readonly Float32Array[];
}

export const POSITIONS = 3;

/** Both logs of one campaign. @throws INVALID_DATA */
export async function readCampaign(
  files: Readonly<Record<LoggingPolicy, string>>,
): Promise<Record<LoggingPolicy, OpenBanditLog>> {
  const numbers = new Map<string, number>();
  const numberOf = (category: string): number => {
    const number = numbers.get(category) ?? numbers.size;
    numbers.set(category, number);
    return number;
  };
  const random = await readLog(files.random, numberOf);
  const bts = await readLog(files.bts, numberOf);
  const categories = numbers.size;
  return { random: { ...random, categories }, bts: { ...bts, categories } };
}

async function readLog(
  file: string,
  numberOf: (category: string) => number,
): Promise<Omit<OpenBanditLog, 'categories'>> {
  const [columns = [], ...rows] = await cellsOf(file);
  const at = (name: string): number => {
    const index = columns.indexOf(name);
    if (index < 0) throw new TendrilError('INVALID_DATA', { reason: `${file} has no column "${name}"` });
    return index;
  };
  const numbers = (name: string): number[] => {
    const index = at(name);
    return rows.map((cells) => Number(cells[index]));
  };
  const affinity = columns.flatMap((name, index) => (name.startsWith('user-item_affinity_') ? [index] : []));
  const features = [0, 1, 2, 3].map((index) => at(`user_feature_${index}`));
  return {
    actions: affinity.length,
    action: Int32Array.from(numbers('item_id')),
    position: Int32Array.from(numbers('position'), (position) => position - 1),
    reward: Float64Array.from(numbers('click')),
    propensity: Float64Array.from(numbers('propensity_score')),
    visitor: rows.map((cells) => Int32Array.from(features, (index) => numberOf(`${index}=${cells[index] ?? ''}`))),
    affinities: rows.map((cells) => Float32Array.from(affinity, (index) => Number(cells[index]))),
  };
}

async function cellsOf(file: string): Promise<(readonly string[])[]> {
  const records: (readonly string[])[] = [];
  for await (const { cells } of readCsv(file)) records.push(cells);
  return records;
}
