import * as v from 'valibot';
import type { Rng } from '../../core/rng.ts';
import { decay, HALF_LIVES_DAYS } from './decay.ts';
import type { Episode } from './episode.ts';
import { FeatureView, featureViewSchema, VIEW_SIZE } from './feature-view.ts';
import { finiteList } from './finite-list.ts';
import type { PrototypeValue } from './knowledge.ts';
import { addSource, mergeSources, sourcesOf, sourcesSchema, type Sources } from './sources.ts';

const CAPACITY = 32;
/** Labels that a cluster counts. */
const MAX_LABELS = 16;
const HALF_LIFE_DAYS = HALF_LIVES_DAYS[1];
/** A point belongs to a cluster when it is no further off than so many of its deviations (CluStream's maximal boundary). */
const BOUNDARY = 2;
/** A cluster with less than this is noise that has faded (DenStream's outliers), and goes before two real ones are merged. */
const FADED = 0.5;

const finite = v.pipe(v.number(), v.finite());
const cluster = v.object({
  id: finite,
  atMs: finite,
  weight: finite,
  sums: finiteList(VIEW_SIZE),
  squares: finite,
  reward: finite,
  labels: v.array(v.tuple([v.string(), finite])),
  typical: finite,
  typicalDistance: finite,
  sources: sourcesSchema,
  slot: finite,
  touched: v.boolean(),
});
export const prototypesSchema = v.object({
  view: featureViewSchema,
  clusters: v.pipe(v.array(cluster), v.maxLength(CAPACITY)),
  threshold: finite,
  nextId: finite,
  dropped: finite,
  ranks: v.boolean(),
});
export type PrototypesState = v.InferOutput<typeof prototypesSchema>;

/** One micro-cluster: sums that add up (Zhang et al. 1996, BIRCH's cluster features), decayed. */
interface Cluster {
  /** Never used again for another. */
  readonly id: number;
  /** Which of the slots it stands in; used again. */
  readonly slot: number;
  atMs: number;
  weight: number;
  readonly sums: number[];
  squares: number;
  reward: number;
  labels: [string, number][];
  /** Position of the point that was nearest to the middle when it came. */
  typical: number;
  typicalDistance: number;
  readonly sources: Sources;
  /** Whether it has changed since it was last written. */
  touched: boolean;
}

export interface StandingPrototype {
  readonly slot: number;
  readonly value: PrototypeValue;
  readonly sources: Sources;
}

/**
 * Streaming clusters with decay over the hashed view of inputs: sequential k-means whose clusters are born when a point fits none, and whose number is
 * bounded (CluStream, Aggarwal et al. 2003; decayed weights and fading outliers of DenStream, Cao et al. 2006, doi:10.1137/1.9781611972764.29). When there is
 * no room, a faded cluster goes; otherwise the two nearest become one, and the distance up to which points belong together grows to theirs, as in BIRCH.
 */
export class Prototypes {
  readonly #view = new FeatureView();
  readonly #point = new Float64Array(VIEW_SIZE);
  #clusters: Cluster[] = [];
  /** Squared distance up to which a point belongs to its nearest cluster, whatever that one's deviation. */
  #threshold = 1e-6;
  #nextId = 1;
  #ranks = false;
  /** Clusters that faded or were merged into others, ever. */
  dropped = 0;

  /** @returns the id of the cluster that took it */
  add(episode: Episode, rng: Rng): number {
    this.#view.observe(episode.inputs, this.#point);
    this.#ranks ||= episode.reward !== null;
    const { nearest, distance } = this.#nearest();
    if (nearest && distance <= Math.max(this.#threshold, BOUNDARY ** 2 * varianceOf(nearest))) {
      this.#absorb(nearest, episode, distance, rng);
      return nearest.id;
    }
    if (this.#clusters.length >= CAPACITY) this.#makeRoom(episode.atMs);
    return this.#open(episode);
  }

  /** What came of an episode that was taken in has changed. @param after null takes it back */
  revise(
    clusterId: number,
    before: Pick<Episode, 'atMs' | 'weight' | 'reward' | 'label'>,
    after: Episode | null,
    rng: Rng,
  ): void {
    const found = this.#clusters.find(({ id }) => id === clusterId);
    if (!found) return;
    const share = decay(found.atMs - before.atMs, HALF_LIFE_DAYS);
    found.reward += share * ((after ? after.weight * (after.reward ?? 0) : 0) - before.weight * (before.reward ?? 0));
    addLabel(found, before.label, -share * before.weight);
    if (after) addLabel(found, after.label, share * after.weight);
    const change = share * ((after?.weight ?? 0) - before.weight);
    const kept = found.weight > 0 ? Math.max(0, (found.weight + change) / found.weight) : 0;
    // Where it was is not known any more: the others stay where they are.
    scale(found, kept, false);
    if (after) addSource(found.sources, after.position, rng);
    found.touched = true;
  }

  get standing(): readonly { readonly slot: number; readonly touched: boolean }[] {
    return this.#clusters;
  }

  /** Those with evidence that have changed since the last call, by slot. @param least weight */
  changed(least: number): StandingPrototype[] {
    const given = this.#clusters.filter(({ touched, weight }) => touched && weight >= least);
    for (const cluster of given) cluster.touched = false;
    return given
      .sort((a, b) => a.slot - b.slot)
      .map((found) => ({ slot: found.slot, value: this.#valueOf(found), sources: found.sources }));
  }

  state(): PrototypesState {
    return {
      view: this.#view.state(),
      clusters: this.#clusters,
      threshold: this.#threshold,
      nextId: this.#nextId,
      dropped: this.dropped,
      ranks: this.#ranks,
    };
  }

  restore({ view, clusters, threshold, nextId, dropped, ranks }: PrototypesState): void {
    this.#view.restore(view);
    this.#clusters = clusters;
    this.#threshold = threshold;
    this.#nextId = nextId;
    this.dropped = dropped;
    this.#ranks = ranks;
  }

  #nearest(): { nearest: Cluster | null; distance: number } {
    let nearest: Cluster | null = null;
    let distance = Infinity;
    for (const cluster of this.#clusters) {
      const found = distanceTo(cluster, this.#point, distance);
      if (found < distance) {
        distance = found;
        nearest = cluster;
      }
    }
    return { nearest, distance };
  }

  #absorb(into: Cluster, episode: Episode, distance: number, rng: Rng): void {
    scale(into, decay(episode.atMs - into.atMs, HALF_LIFE_DAYS), true);
    into.atMs = Math.max(into.atMs, episode.atMs);
    const share = episode.weight * decay(into.atMs - episode.atMs, HALF_LIFE_DAYS);
    addPoint(into, this.#point, share);
    into.reward += share * (episode.reward ?? 0);
    addLabel(into, episode.label, share);
    addSource(into.sources, episode.position, rng);
    if (distance <= into.typicalDistance) {
      into.typical = episode.position;
      into.typicalDistance = distance;
    }
    into.touched = true;
  }

  #open(episode: Episode): number {
    const taken = new Set(this.#clusters.map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot++;
    const made: Cluster = {
      id: this.#nextId++,
      slot,
      atMs: episode.atMs,
      weight: 0,
      sums: Array.from({ length: VIEW_SIZE }, () => 0),
      squares: 0,
      reward: episode.weight * (episode.reward ?? 0),
      labels: [[episode.label, episode.weight]],
      typical: episode.position,
      typicalDistance: 0,
      sources: sourcesOf(episode.position),
      touched: true,
    };
    addPoint(made, this.#point, episode.weight);
    this.#clusters.push(made);
    return made.id;
  }

  #makeRoom(nowMs: number): void {
    this.dropped++;
    const now = (cluster: Cluster): number => cluster.weight * decay(nowMs - cluster.atMs, HALF_LIFE_DAYS);
    const faded = this.#clusters.filter((cluster) => now(cluster) < FADED);
    if (faded.length > 0) {
      const least = faded.reduce((a, b) => (now(b) < now(a) ? b : a));
      this.#clusters = this.#clusters.filter((cluster) => cluster !== least);
      return;
    }
    const [into, other, distance] = this.#nearestPair();
    this.#threshold = Math.max(this.#threshold, distance);
    this.#clusters = this.#clusters.filter((cluster) => cluster !== other);
    const kept = decay(other.atMs - into.atMs, HALF_LIFE_DAYS);
    scale(into, kept, true);
    scale(other, decay(into.atMs - other.atMs, HALF_LIFE_DAYS), true);
    into.atMs = Math.max(into.atMs, other.atMs);
    into.weight += other.weight;
    for (let i = 0; i < VIEW_SIZE; i++) into.sums[i] = into.sums[i]! + other.sums[i]!;
    into.squares += other.squares;
    into.reward += other.reward;
    for (const [label, weight] of other.labels) addLabel(into, label, weight);
    mergeSources(into.sources, other.sources);
    into.typicalDistance = Number.MAX_VALUE;
    into.touched = true;
  }

  /** The heavier one first, and their squared distance. */
  #nearestPair(): [Cluster, Cluster, number] {
    let best: [Cluster, Cluster, number] = [this.#clusters[0]!, this.#clusters[1]!, Infinity];
    const middle = new Float64Array(VIEW_SIZE);
    for (let i = 1; i < this.#clusters.length; i++) {
      const one = this.#clusters[i]!;
      for (let k = 0; k < VIEW_SIZE; k++) middle[k] = one.weight > 0 ? one.sums[k]! / one.weight : 0;
      for (let j = 0; j < i; j++) {
        const distance = distanceTo(this.#clusters[j]!, middle, best[2]);
        if (distance < best[2]) best = [this.#clusters[j]!, one, distance];
      }
    }
    const [a, b, distance] = best;
    return a.weight >= b.weight ? [a, b, distance] : [b, a, distance];
  }

  #valueOf(cluster: Cluster): PrototypeValue {
    const { weight, sums, labels, reward, typical } = cluster;
    const most = labels.toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 5);
    return {
      centre: sums.map((sum) => sum / weight),
      radius: Math.sqrt(varianceOf(cluster)),
      weight,
      reward: this.#ranks ? Math.min(1, Math.max(0, reward / weight)) : null,
      labels: Object.fromEntries(most.filter(([, x]) => x > 0).map(([label, x]) => [label, x / weight])),
      typical,
    };
  }
}

/** Squared distance of a point from the middle; anything above `enough` once it is known to be. */
function distanceTo({ weight, sums }: Cluster, point: Float64Array, enough: number): number {
  const inverse = weight > 0 ? 1 / weight : 0;
  let distance = 0;
  for (let i = 0; i < VIEW_SIZE && distance <= enough; i++) {
    const off = sums[i]! * inverse - point[i]!;
    distance += off * off;
  }
  return distance;
}

/** Mean squared distance from the middle. */
function varianceOf({ weight, sums, squares }: Cluster): number {
  if (!(weight > 0)) return 0;
  let middle = 0;
  for (let i = 0; i < VIEW_SIZE; i++) middle += (sums[i]! / weight) ** 2;
  return Math.max(0, squares / weight - middle);
}

function addPoint(cluster: Cluster, point: Float64Array, weight: number): void {
  let squares = 0;
  for (let i = 0; i < VIEW_SIZE; i++) {
    cluster.sums[i] = cluster.sums[i]! + weight * point[i]!;
    squares += point[i]! * point[i]!;
  }
  cluster.squares += weight * squares;
  cluster.weight += weight;
}

/** @param outcomes whether what came of its episodes is scaled too */
function scale(cluster: Cluster, factor: number, outcomes: boolean): void {
  if (factor === 1) return;
  cluster.weight *= factor;
  cluster.squares *= factor;
  for (let i = 0; i < VIEW_SIZE; i++) cluster.sums[i] = cluster.sums[i]! * factor;
  if (!outcomes) return;
  cluster.reward *= factor;
  for (const entry of cluster.labels) entry[1] *= factor;
}

function addLabel(cluster: Cluster, label: string, weight: number): void {
  const found = cluster.labels.find(([name]) => name === label);
  if (found) found[1] += weight;
  else if (weight > 0) cluster.labels.push([label, weight]);
  if (cluster.labels.length <= MAX_LABELS) return;
  const least = cluster.labels.reduce((a, b) => (b[1] < a[1] ? b : a));
  cluster.labels = cluster.labels.filter((entry) => entry !== least);
}
