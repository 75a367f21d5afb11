import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';
import { emptyMoments, standardDeviation, updateMoments, type Moments } from '../../core/running-moments.ts';
import type { ParsedFeatures } from '../../core/task.ts';

/** Numbers of a view. */
export const VIEW_SIZE = 32;
/** Numeric features whose moments are kept. */
const MAX_NUMBERS = 256;
/** Words of a text that are read. */
const MAX_WORDS = 64;
/** Deviations at which a number is cut. */
const CLIP = 3;

const finite = v.pipe(v.number(), v.finite());
export const featureViewSchema = v.pipe(
  v.array(v.tuple([v.string(), v.object({ count: finite, mean: finite, squares: finite })])),
  v.maxLength(MAX_NUMBERS),
);
export type FeatureViewState = v.InferOutput<typeof featureViewSchema>;

/**
 * Features of any kind as [VIEW_SIZE] numbers, by signed hashing (Weinberger et al. 2009, arXiv:0902.2206; of vectors this is a count sketch, Charikar et al.
 * 2002): two inputs that differ in one value are about √2 apart, two vectors of length 1 about as far as they are.
 */
export class FeatureView {
  #moments = new Map<string, Moments>();

  /** Takes the numbers of an input into their running moments, and writes its view. */
  observe(inputs: readonly ParsedFeatures[], out: Float64Array): void {
    out.fill(0);
    for (const features of inputs) this.#add(features, out);
  }

  state(): FeatureViewState {
    return [...this.#moments];
  }

  restore(state: FeatureViewState): void {
    this.#moments = new Map(state);
  }

  #add(features: ParsedFeatures, out: Float64Array): void {
    for (const name of Object.keys(features)) {
      const value = features[name];
      if (typeof value === 'number') this.#addNumber(name, value, out);
      else if (typeof value === 'string') addText(name, value, out);
      else if (Array.isArray(value)) addList(name, value as readonly (string | number)[], out);
    }
  }

  #addNumber(name: string, value: number, out: Float64Array): void {
    let moments = this.#moments.get(name);
    if (!moments) {
      if (this.#moments.size >= MAX_NUMBERS) return;
      moments = emptyMoments();
      this.#moments.set(name, moments);
    }
    updateMoments(moments, value);
    const deviation = standardDeviation(moments);
    if (deviation > 0)
      addTwice(murmur3(name), Math.min(CLIP, Math.max(-CLIP, (value - moments.mean) / deviation)), out);
  }
}

function add(hash: number, amount: number, out: Float64Array): void {
  const place = hash & (VIEW_SIZE - 1);
  out[place] = out[place]! + (hash & 0x80000000 ? -amount : amount);
}

/** Into two places, so that hardly any two values fall on the same. */
function addTwice(hash: number, amount: number, out: Float64Array): void {
  add(hash, amount * Math.SQRT1_2, out);
  add(mixed(hash, 0), amount * Math.SQRT1_2, out);
}

function addText(name: string, text: string, out: Float64Array): void {
  const words = text.length > 60 ? text.split(/\s+/, MAX_WORDS) : [text];
  const amount = 1 / Math.sqrt(words.length);
  for (const word of words) addTwice(murmur3(`${name}=${word}`), amount, out);
}

function addList(name: string, values: readonly (string | number)[], out: Float64Array): void {
  if (values.length === 0) return;
  if (typeof values[0] === 'string') {
    const used = values.slice(0, MAX_WORDS);
    for (const value of used) addTwice(murmur3(`${name}=${value}`), 1 / Math.sqrt(used.length), out);
    return;
  }
  const vector = values as readonly number[];
  let norm = 0;
  for (const x of vector) norm += x * x;
  if (!(norm > 0 && norm < Infinity)) return;
  const seed = murmur3(name);
  const scale = 1 / Math.sqrt(norm);
  for (let i = 0; i < vector.length; i++) add(mixed(seed, i), vector[i]! * scale, out);
}

/** Another hash for each `i` (the finaliser of MurmurHash3). */
function mixed(seed: number, i: number): number {
  let hash = seed ^ Math.imul(i + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
