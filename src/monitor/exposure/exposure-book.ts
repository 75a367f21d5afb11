import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { DecayingWindow } from '../outcome/decaying-window.ts';
import { namedSums } from '../outcome/named-sums.ts';
import { parseState, requireConfig } from '../outcome/parse-state.ts';
import { gini, normalisedEntropy } from './concentration.ts';
import type { ExposureShares } from './guarded-shares.ts';
import { topicCalibration } from './topic-calibration.ts';
import { TopCounts } from './top-counts.ts';

export interface ExposureOptions {
  /** Items there are, shown or not. */
  readonly items: number;
  /** Topics there are. */
  readonly topics: number;
  /** Decisions after which one counts half; default 200. */
  readonly halfLife?: number;
  /** Items that are counted one by one; default 512. */
  readonly countedItems?: number;
  /** Topics that are counted one by one; default 64. */
  readonly countedTopics?: number;
}

export interface ExposedItem {
  readonly item: string;
  /** Each counts the same part of the item; none where it has no topic. */
  readonly topics: readonly string[];
}

/** One decision as it was served. */
export interface Exposure {
  /** What stood in the first places. */
  readonly shown: readonly ExposedItem[];
  /** What the host's own order would have put there. */
  readonly host: readonly string[];
}

/** How exposures, each with what is left of its weight, are spread; null where there is nothing to say yet. */
export interface SpreadFigures {
  /** 0: all get the same; near 1: one gets everything. */
  readonly gini: number | null;
  /** Entropy of the largest possible: 1: all get the same; 0: one gets everything. */
  readonly entropy: number | null;
  /** Part of those there are that was shown within the last ten half-lives or so, in [0, 1]. */
  readonly coverage: number | null;
  /** The most shown, with shares of all exposures in [0, 1]. */
  readonly top: readonly { readonly name: string; readonly share: number }[];
}

export interface ExposureSummary {
  /** Exposures in the first places, each with what is left of its weight. */
  readonly exposures: number;
  readonly items: SpreadFigures;
  readonly topics: SpreadFigures;
  /**
   * How much more popular, as a part, what is shown is than what the host would have shown: 0 as popular, 1 twice as popular. Popularity is the share of what
   * was liked before the decision. Null where nothing that the host would have shown was liked.
   */
  readonly popularityLift: number | null;
  /** Distance of the topics shown from the topics liked, in nats; null below ten likes. */
  readonly miscalibration: number | null;
}

const TOP = 10;
/** What is left of one exposure after ten half-lives. */
const FORGOTTEN = 2 ** -10;
const LEAST_LIKES = 10;
const lift = namedSums(['shown', 'host']);

const stateSchema = v.strictObject({
  ...{ items: v.unknown(), topics: v.unknown(), likedItems: v.unknown(), likedTopics: v.unknown(), lift: v.unknown() },
});

/** What is shown in the first places and what is liked, by item and topic; old decisions count less, so that it follows. */
export class ExposureBook implements ExposureShares {
  readonly #kept: number;
  readonly #items: TopCounts;
  readonly #topics: TopCounts;
  readonly #likedItems: TopCounts;
  readonly #likedTopics: TopCounts;
  readonly #lift: DecayingWindow;
  #size: { readonly items: number; readonly topics: number };

  /** @throws INVALID_CONFIG */
  constructor({ items, topics, halfLife = 200, countedItems = 512, countedTopics = 64 }: ExposureOptions) {
    requireConfig(halfLife > 0, `a half-life of ${halfLife} decisions`);
    this.#kept = 2 ** (-1 / halfLife);
    [this.#items, this.#likedItems] = [new TopCounts(countedItems), new TopCounts(countedItems)];
    [this.#topics, this.#likedTopics] = [new TopCounts(countedTopics), new TopCounts(countedTopics)];
    this.#lift = new DecayingWindow(lift, halfLife);
    this.#size = { items, topics };
  }

  get total(): number {
    return this.#items.total;
  }

  item(name: string): number {
    return this.#items.count(name);
  }

  topic(name: string): number {
    return this.#topics.count(name);
  }

  /** The catalogue grew or shrank. */
  resize(size: { readonly items: number; readonly topics: number }): void {
    this.#size = { ...size };
  }

  decided({ shown, host }: Exposure): void {
    const popularity = (items: readonly string[]): number =>
      items.reduce((sum, one) => sum + this.#likedItems.count(one), 0) / Math.max(1, items.length);
    const likes = this.#likedItems.total;
    const of = (items: readonly string[]): number => (likes > 0 ? popularity(items) / likes : 0);
    this.#lift.update(lift.record({ shown: of(shown.map(({ item }) => item)), host: of(host) }));
    for (const counts of this.#counts()) counts.scale(this.#kept);
    for (const one of shown) add(one, this.#items, this.#topics);
  }

  /** The visitor turned to an item. */
  liked(item: ExposedItem): void {
    add(item, this.#likedItems, this.#likedTopics);
  }

  summary(): ExposureSummary {
    const popular = lift.read(this.#lift.sums());
    return {
      exposures: this.#items.total,
      items: spread(this.#items, this.#size.items),
      topics: spread(this.#topics, this.#size.topics),
      popularityLift: popular.host > 0 ? popular.shown / popular.host - 1 : null,
      miscalibration:
        this.#likedItems.total >= LEAST_LIKES
          ? topicCalibration(this.#likedTopics.counts(), this.#topics.counts())
          : null,
    };
  }

  #counts(): TopCounts[] {
    return [this.#items, this.#topics, this.#likedItems, this.#likedTopics];
  }

  state(): Json {
    return {
      items: this.#items.state(),
      topics: this.#topics.state(),
      likedItems: this.#likedItems.state(),
      likedTopics: this.#likedTopics.state(),
      lift: this.#lift.state(),
    };
  }

  /** Continues exactly where `state` was taken. @throws INVALID_DATA; then it has to be made anew */
  restore(state: unknown): void {
    const { items, topics, likedItems, likedTopics, lift: sums } = parseState(stateSchema, state, 'exposures');
    this.#items.restore(items);
    this.#topics.restore(topics);
    this.#likedItems.restore(likedItems);
    this.#likedTopics.restore(likedTopics);
    this.#lift.restore(sums);
  }
}

function add({ item, topics }: ExposedItem, items: TopCounts, ofTopics: TopCounts): void {
  items.add(item);
  for (const topic of topics) ofTopics.add(topic, 1 / topics.length);
}

function spread(of: TopCounts, size: number): SpreadFigures {
  const counts = of.counts();
  const distribution = { total: of.total, counts: counts.map(([, count]) => count), size };
  const shown = counts.filter(([, count]) => count >= FORGOTTEN).length;
  return {
    gini: gini(distribution),
    entropy: normalisedEntropy(distribution),
    coverage: size > 0 ? Math.min(1, shown / size) : null,
    top: counts.slice(0, TOP).map(([name, count]) => ({ name, share: of.total > 0 ? count / of.total : 0 })),
  };
}
