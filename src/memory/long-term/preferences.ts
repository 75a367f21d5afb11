import * as v from 'valibot';
import type { Rng } from '../../core/rng.ts';
import { addDecayed, decay, emptySums, HALF_LIVES_DAYS, type DecayedSums } from './decay.ts';
import type { Episode } from './episode.ts';
import { forEachNumber, forEachValue } from './feature-values.ts';
import { finiteList } from './finite-list.ts';
import type { PreferenceValue } from './knowledge.ts';
import { addSource, sourcesOf, sourcesSchema, type Sources } from './sources.ts';

/** Weight and reward; of numbers also x, x², reward · x. */
const WIDTH = 5;
/** Keys that are followed; half as many again while new ones come in. */
const CAPACITY = 1024;
const MOST = 1.5 * CAPACITY;
/** Episodes' worth of the mean of everything that each key starts with. */
const PRIOR = 5;

const sums = v.object({ atMs: v.number(), sums: finiteList(WIDTH * HALF_LIVES_DAYS.length) });
const entry = v.object({
  ...sums.entries,
  of: v.picklist(['item', 'feature', 'number']),
  name: v.string(),
  value: v.nullable(v.string()),
  sources: sourcesSchema,
  touched: v.boolean(),
});
export const preferencesSchema = v.object({
  all: sums,
  entries: v.pipe(v.array(v.tuple([v.string(), entry])), v.maxLength(MOST)),
  dropped: v.number(),
});
export type PreferencesState = v.InferOutput<typeof preferencesSchema>;

interface Entry extends DecayedSums {
  readonly of: 'item' | 'feature' | 'number';
  readonly name: string;
  readonly value: string | null;
  readonly sources: Sources;
  /** Whether there is new evidence since it was last written. */
  touched: boolean;
}

/** One preference as it stands. */
export interface Preference {
  readonly key: string;
  readonly value: PreferenceValue;
  readonly sources: Sources;
  /** Whether there is new evidence since the last call. */
  readonly touched: boolean;
}

/**
 * Decayed sums of rewards for every item, every value of a feature and every number that candidates have, under two half-lives side by side. Which keys are
 * followed is bounded: when there are too many, those with the least evidence go (lossy counting, Manku and Motwani 2002, by weight).
 */
export class Preferences {
  #all: DecayedSums = emptySums(0, WIDTH);
  #entries = new Map<string, Entry>();
  /** Keys that had to go, ever. */
  dropped = 0;

  /** @param sign -1 takes back an episode that was added */
  add(episode: Episode, sign: 1 | -1, rng: Rng): void {
    const { reward, weight, item, features } = episode;
    if (reward === null || weight === 0) return;
    const plain = [weight, weight * reward, 0, 0, 0];
    addDecayed(this.#all, episode.atMs, plain, sign);
    const touch = (of: Entry['of'], name: string, value: string | null, quantities: readonly number[]): void => {
      const key = value === null ? `${of}:${name}` : `${of}:${name}=${value}`;
      const found = this.#entries.get(key);
      if (found) {
        addDecayed(found, episode.atMs, quantities, sign);
        if (sign === 1) addSource(found.sources, episode.position, rng);
        found.touched = true;
        return;
      }
      if (sign === -1) return;
      const made: Entry = {
        ...emptySums(episode.atMs, WIDTH),
        of,
        name,
        value,
        sources: sourcesOf(episode.position),
        touched: true,
      };
      addDecayed(made, episode.atMs, quantities, 1);
      this.#entries.set(key, made);
    };
    if (item !== null) touch('item', item, null, plain);
    forEachValue(features, (name, value) => touch('feature', name, value, plain));
    forEachNumber(features, (name, x) =>
      touch('number', name, null, [weight, weight * reward, weight * x, weight * x * x, weight * reward * x]),
    );
    if (this.#entries.size > MOST) this.#dropLeast();
  }

  /** The reward to be expected of an item, under the longest half-life. */
  expected(item: string): number {
    const base = (HALF_LIVES_DAYS.length - 1) * WIDTH;
    const mean = meanOf(this.#all.sums, base);
    const own = this.#entries.get(`item:${item}`)?.sums;
    return own ? shrunk(own[base]!, own[base + 1]!, mean) : mean;
  }

  /** Those with the most evidence, the most first. @param least weight under the longest half-life */
  strongest(limit: number, least: number): Preference[] {
    const nowMs = this.#all.atMs;
    return this.#byWeight(nowMs)
      .slice(0, limit)
      .filter(({ weight }) => weight >= least)
      .map(({ key, found }) => {
        const { touched, sources } = found;
        found.touched = false;
        return { key, value: this.#valueOf(found), sources, touched };
      });
  }

  state(): PreferencesState {
    return { all: this.#all, entries: [...this.#entries], dropped: this.dropped };
  }

  restore(state: PreferencesState): void {
    this.#all = state.all;
    this.#entries = new Map(state.entries);
    this.dropped = state.dropped;
  }

  #byWeight(nowMs: number): { key: string; found: Entry; weight: number }[] {
    const [, days] = HALF_LIVES_DAYS;
    const base = (HALF_LIVES_DAYS.length - 1) * WIDTH;
    return [...this.#entries]
      .map(([key, found]) => ({ key, found, weight: found.sums[base]! * decay(nowMs - found.atMs, days) }))
      .sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  }

  #dropLeast(): void {
    for (const { key } of this.#byWeight(this.#all.atMs).slice(CAPACITY)) {
      this.#entries.delete(key);
      this.dropped++;
    }
  }

  #valueOf({ of, name, value, atMs, sums: own }: Entry): PreferenceValue {
    const halfLives = HALF_LIVES_DAYS.map((days, h) => {
      const [weight, liked, x, squares, likedX] = own.slice(h * WIDTH, (h + 1) * WIDTH) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const mean = meanOf(this.#all.sums, h * WIDTH);
      const reward = shrunk(weight, liked, mean);
      return {
        days,
        weight,
        reward,
        lift: reward - mean,
        number: of === 'number' ? numberOf(weight, liked, x, squares, likedX) : null,
      };
    });
    return { of, name, value, atMs, halfLives };
  }
}

function meanOf(sums: readonly number[], base: number): number {
  return sums[base]! > 0 ? sums[base + 1]! / sums[base]! : 0;
}

function shrunk(weight: number, liked: number, mean: number): number {
  return (Math.max(0, liked) + PRIOR * mean) / (Math.max(0, weight) + PRIOR);
}

function numberOf(
  weight: number,
  liked: number,
  x: number,
  squares: number,
  likedX: number,
): PreferenceValue['halfLives'][number]['number'] {
  const mean = weight > 0 ? x / weight : 0;
  const variance = weight > 0 ? Math.max(0, squares / weight - mean * mean) : 0;
  return { mean, deviation: Math.sqrt(variance), likedMean: liked > 1e-9 ? likedX / liked : null };
}
