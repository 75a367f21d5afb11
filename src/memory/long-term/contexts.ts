import type { LocalTime } from '../../core/local-time.ts';
import * as v from 'valibot';
import type { Rng } from '../../core/rng.ts';
import { decay, HALF_LIVES_DAYS } from './decay.ts';
import type { Episode } from './episode.ts';
import { forEachValue } from './feature-values.ts';
import { finiteList } from './finite-list.ts';
import type { ContextValue } from './knowledge.ts';
import { mergeCells, rates, type MergedCells, type RateTable } from './merge-cells.ts';
import { addSource, mergeSources, sourcesOf, sourcesSchema, type Sources } from './sources.ts';
import { CELLS_A_DAY, TIME_CELLS, timeCell } from './time-cells.ts';

/** Values of one feature that are counted; the one with the least evidence gives way to a new one. */
const VALUES = 24;
const MAX_FAMILIES = 8;
/** Families that may tell contexts apart; with the ways to cut a week that is 15 tests at 0.1 %. */
const TESTED = 5;
/** Values of a family that are compared, those with the most evidence. */
const COMPARED = 8;
/** A part of the week with fewer episodes says nothing. */
const LEAST = 10;
/** Ways to cut the week, each of which sees what the others have too little for: cell by cell, by day, and by time of day. */
const CUTS: readonly ((cell: number) => number)[] = [
  (cell) => cell,
  (cell) => Math.floor(cell / CELLS_A_DAY),
  (cell) => cell % CELLS_A_DAY,
];
const HALF_LIFE_DAYS = HALF_LIVES_DAYS[1];

const finite = v.pipe(v.number(), v.finite());
const table = finiteList(TIME_CELLS * VALUES);
const family = v.object({
  name: v.string(),
  values: v.pipe(v.array(v.string()), v.maxLength(VALUES)),
  seen: table,
  liked: table,
});
const group = v.object({ slot: finite, cells: finiteList() });
export const contextsSchema = v.object({
  atMs: finiteList(TIME_CELLS),
  totals: finiteList(TIME_CELLS),
  families: v.pipe(v.array(family), v.maxLength(MAX_FAMILIES)),
  sources: v.pipe(v.array(v.nullable(sourcesSchema)), v.length(TIME_CELLS)),
  groups: v.pipe(v.array(group), v.maxLength(TIME_CELLS)),
});
export type ContextsState = v.InferOutput<typeof contextsSchema>;

/** Values that exclude one another, such as the categories of one feature: only then are their counts independent. */
interface Family {
  readonly name: string;
  readonly values: string[];
  /** [cells][values], flat: decayed weights, and weighted rewards. */
  readonly seen: number[];
  readonly liked: number[];
}

export interface StandingContext {
  readonly slot: number;
  readonly value: ContextValue;
  readonly sources: Sources;
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

/** Recurring contexts: cells of the week in which the visitor likes the same, merged where they do not differ by more than chance (see {@link mergeCells}). */
export class Contexts {
  readonly #localTime: (ms: number) => LocalTime;
  #atMs = zeros(TIME_CELLS);
  #totals = zeros(TIME_CELLS);
  #families: Family[] = [];
  #sources: (Sources | null)[] = Array.from({ length: TIME_CELLS }, () => null);
  #groups: { slot: number; cells: number[] }[] = [];

  constructor(localTime: (ms: number) => LocalTime) {
    this.#localTime = localTime;
  }

  /** @param sign -1 takes back an episode that was added */
  add(episode: Episode, sign: 1 | -1, rng: Rng): void {
    const cell = this.#cellAt(episode.atMs);
    this.#age(cell, episode.atMs);
    const weight = sign * episode.weight * decay(this.#atMs[cell]! - episode.atMs, HALF_LIFE_DAYS);
    this.#totals[cell] = Math.max(0, this.#totals[cell]! + weight);
    const { reward, item } = episode;
    if (reward === null) this.#count('label', episode.label, cell, weight, 1);
    else {
      if (item !== null) this.#count('item', item, cell, weight, reward);
      forEachValue(episode.features, (name, value, place) => {
        if (place === 0) this.#count(`feature:${name}`, value, cell, weight, reward);
      });
    }
    if (sign === -1) return;
    const sources = this.#sources[cell];
    if (sources) addSource(sources, episode.position, rng);
    else this.#sources[cell] = sourcesOf(episode.position);
  }

  /** Key of the context of a moment, as far as contexts were told apart when they were last worked out. */
  keyAt(atMs: number): string | null {
    if (this.#groups.length === 0) return null;
    const cell = this.#cellAt(atMs);
    const found = this.#groups.find(({ cells }) => cells.includes(cell));
    return found ? contextKey(found.slot) : null;
  }

  /** Works out which contexts there are by now; none where the week is all the same, or where there is too little to tell. */
  workOut(nowMs: number): StandingContext[] {
    for (let cell = 0; cell < TIME_CELLS; cell++) this.#age(cell, nowMs);
    const candidates = this.#families
      .map((found) => ({ found, columns: this.#columns(found) }))
      .filter(({ columns }) => columns.length > 1)
      .sort((a, b) => b.columns.length - a.columns.length || (a.found.name < b.found.name ? -1 : 1))
      .slice(0, TESTED);
    let best: { found: Family; columns: readonly number[]; merged: MergedCells } | null = null;
    for (const { found, columns } of candidates) {
      for (const cut of CUTS) {
        const merged = mergeCells(this.#tables(found, columns, cut));
        if (merged.excess > (best?.merged.excess ?? 0)) best = { found, columns, merged };
      }
    }
    this.#groups = matched(this.#groups, best?.merged.groups ?? []);
    if (!best) return [];
    const { found, columns, merged } = best;
    const everywhere = rates(merged.groups, columns.length);
    return merged.groups.map((one, index) => ({
      slot: this.#groups[index]!.slot,
      value: this.#valueOf(one, found, columns, everywhere),
      sources: this.#sourcesOf(one.cells),
    }));
  }

  state(): ContextsState {
    return {
      atMs: this.#atMs,
      totals: this.#totals,
      families: this.#families,
      sources: this.#sources,
      groups: this.#groups,
    };
  }

  restore({ atMs, totals, families, sources, groups }: ContextsState): void {
    this.#atMs = atMs;
    this.#totals = totals;
    this.#families = families;
    this.#sources = sources;
    this.#groups = groups;
  }

  #cellAt(atMs: number): number {
    const { weekday, hour } = this.#localTime(atMs);
    return timeCell(weekday, hour);
  }

  #age(cell: number, nowMs: number): void {
    const passed = nowMs - this.#atMs[cell]!;
    if (passed <= 0) return;
    const kept = decay(passed, HALF_LIFE_DAYS);
    this.#atMs[cell] = nowMs;
    this.#totals[cell] = this.#totals[cell]! * kept;
    for (const { seen, liked } of this.#families) {
      for (let at = cell * VALUES; at < (cell + 1) * VALUES; at++) {
        seen[at] = seen[at]! * kept;
        liked[at] = liked[at]! * kept;
      }
    }
  }

  /** @param weight below 0 takes back */
  #count(name: string, value: string, cell: number, weight: number, reward: number): void {
    let found = this.#families.find((one) => one.name === name);
    if (!found) {
      if (weight < 0 || this.#families.length >= MAX_FAMILIES) return;
      found = { name, values: [], seen: zeros(TIME_CELLS * VALUES), liked: zeros(TIME_CELLS * VALUES) };
      this.#families.push(found);
    }
    let column = found.values.indexOf(value);
    if (column === -1) {
      if (weight < 0) return;
      column = found.values.length < VALUES ? found.values.length : leastSeen(found);
      clear(found, column);
      found.values[column] = value;
    }
    const at = cell * VALUES + column;
    found.seen[at] = Math.max(0, found.seen[at]! + weight);
    found.liked[at] = Math.max(0, found.liked[at]! + weight * reward);
  }

  /** The values with the most evidence, as far as there is enough in all. */
  #columns(found: Family): number[] {
    return found.values
      .map((_, column) => ({ column, seen: columnSum(found.seen, column) }))
      .filter(({ seen }) => seen >= LEAST)
      .sort((a, b) => b.seen - a.seen || a.column - b.column)
      .slice(0, COMPARED)
      .map(({ column }) => column);
  }

  #tables(found: Family, columns: readonly number[], cut: (cell: number) => number): RateTable[] {
    const parts = new Map<number, number[]>();
    for (let cell = 0; cell < TIME_CELLS; cell++) {
      if (this.#totals[cell]! > 0) parts.set(cut(cell), [...(parts.get(cut(cell)) ?? []), cell]);
    }
    const totalOf = (cells: readonly number[]): number => sumOver(cells, (cell) => this.#totals[cell]!);
    return [...parts.values()]
      .filter((cells) => totalOf(cells) >= LEAST)
      .map((cells) => ({
        cells,
        // Every episode could have had any label.
        seen: columns.map((column) =>
          found.name === 'label' ? totalOf(cells) : sumOver(cells, (cell) => found.seen[cell * VALUES + column]!),
        ),
        liked: columns.map((column) => sumOver(cells, (cell) => found.liked[cell * VALUES + column]!)),
      }));
  }

  #valueOf(one: RateTable, found: Family, columns: readonly number[], everywhere: readonly number[]): ContextValue {
    const tastes = columns.map((column, k) => {
      const weight = one.seen[k]!;
      return {
        value: found.values[column]!,
        weight,
        rate: weight > 0 ? one.liked[k]! / weight : everywhere[k]!,
        everywhere: everywhere[k]!,
      };
    });
    return {
      cells: [...one.cells],
      by: found.name.replace('feature:', ''),
      weight: sumOver(one.cells, (cell) => this.#totals[cell]!),
      tastes: tastes.sort((a, b) => b.rate - b.everywhere - (a.rate - a.everywhere)),
    };
  }

  #sourcesOf(cells: readonly number[]): Sources {
    const parts = cells.flatMap((cell) => this.#sources[cell] ?? []);
    const all = structuredClone(parts[0]!);
    for (const other of parts.slice(1)) mergeSources(all, other);
    return all;
  }
}

export const contextKey = (slot: number): string => `context-${slot}`;

/** Gives each group the slot of the former one that it shares most cells with, or a free one. */
function matched(
  former: readonly { readonly slot: number; readonly cells: readonly number[] }[],
  groups: readonly RateTable[],
): { slot: number; cells: number[] }[] {
  const pairs = groups
    .flatMap(({ cells }, index) => former.map((one) => ({ index, slot: one.slot, shared: shared(cells, one.cells) })))
    .filter((pair) => pair.shared > 0)
    .sort((a, b) => b.shared - a.shared || a.index - b.index || a.slot - b.slot);
  const slots = new Map<number, number>();
  for (const { index, slot } of pairs) {
    if (!slots.has(index) && ![...slots.values()].includes(slot)) slots.set(index, slot);
  }
  return groups.map(({ cells }, index) => {
    let slot = slots.get(index) ?? 0;
    if (!slots.has(index)) while ([...slots.values()].includes(slot)) slot++;
    slots.set(index, slot);
    return { slot, cells: [...cells] };
  });
}

function shared(one: readonly number[], other: readonly number[]): number {
  return one.filter((cell) => other.includes(cell)).length;
}

function sumOver(cells: readonly number[], of: (cell: number) => number): number {
  return cells.reduce((sum, cell) => sum + of(cell), 0);
}

function columnSum(cells: readonly number[], column: number): number {
  let sum = 0;
  for (let at = column; at < cells.length; at += VALUES) sum += cells[at]!;
  return sum;
}

function leastSeen({ seen, values }: Family): number {
  let least = 0;
  let lowest = Infinity;
  values.forEach((_, column) => {
    const sum = columnSum(seen, column);
    if (sum < lowest) [least, lowest] = [column, sum];
  });
  return least;
}

function clear({ seen, liked }: Family, column: number): void {
  for (let at = column; at < seen.length; at += VALUES) {
    seen[at] = 0;
    liked[at] = 0;
  }
}
