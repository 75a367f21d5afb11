import type { Features, RankingTask } from '../../src/core/task.ts';
import { openRankingLearner, type RankingLearner } from './bandits/ranking-learner.ts';
import { readArticles, readClicks, type Article, type Click } from './bandits/wikispeedia-data.ts';
import { createPolicy } from '../../src/policies/create-policy.ts';
import { DEFAULT_METHOD, type BenchmarkContext, type LearningBenchmark, type MethodResult } from './benchmark.ts';

const CATEGORIES = 'wikispeedia/categories.tsv';
const LINKS = 'wikispeedia/links.tsv';
const PATHS = 'wikispeedia/paths_unfinished.tsv';
/** A prefix of the 91,413 clicks, so that five seeds take minutes. */
const CLICKS = 4000;
/** As the runtime's attribution: candidates above the clicked one that count as passed over, nearest first. */
const MAX_SKIPPED = 8;

const task: RankingTask = {
  id: 'wikispeedia',
  kind: 'ranking',
  schema: {
    context: { target: 'multi-hot' },
    candidate: {
      title: 'text',
      topics: 'multi-hot',
      titleSimilarity: 'numeric',
      categorySimilarity: 'numeric',
      pageSimilarity: 'numeric',
      popularity: 'numeric',
      popularityHere: 'numeric',
      position: 'numeric',
      visited: 'numeric',
    },
  },
};

interface Scene {
  readonly click: Click;
  readonly candidates: readonly Features[];
  /** Index of the clicked one. */
  readonly chosen: number;
}

/** Chosen how often so far, anywhere and on this page. */
class Popularity {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(...names: readonly string[]): void {
    for (const name of names) this.#counts.set(name, this.of(name) + 1);
  }
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const entry of a) if (b.has(entry)) shared += 1;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}

function describe(article: Article, { page, target, visited }: Click, position: number, known: Popularity): Features {
  return {
    title: article.title,
    topics: article.topics,
    titleSimilarity: similarity(article.words, target.words),
    categorySimilarity: similarity(article.categories, target.categories),
    pageSimilarity: similarity(article.categories, page.categories),
    popularity: Math.log1p(known.of(article.name)),
    popularityHere: Math.log1p(known.of(`${page.name}>${article.name}`)),
    position: position / page.links.length,
    visited: visited.has(article.name) ? 1 : 0,
  };
}

function* scenes(context: BenchmarkContext): Generator<Scene> {
  const articles = readArticles(context.dataFile(CATEGORIES), context.dataFile(LINKS));
  const popularity = new Popularity();
  let count = 0;
  for (const click of readClicks(context.dataFile(PATHS), articles)) {
    if (count++ === CLICKS) return;
    const linked = click.page.links.flatMap((name) => articles.get(name) ?? []);
    const candidates = linked.map((article, position) => describe(article, click, position, popularity));
    yield { click, candidates, chosen: linked.findIndex(({ name }) => name === click.chosen) };
    popularity.add(click.chosen, `${click.page.name}>${click.chosen}`);
  }
}

/** Hit rates, over all and in each quarter of the stream. */
class HitRates {
  #count = 0;
  #first = 0;
  #five = 0;
  readonly #quarters = [0, 0, 0, 0];

  update(rank: number): void {
    if (rank < 5) this.#five += 1;
    if (rank === 0) this.#first += 1;
    if (rank < 5) this.#quarters[Math.min(3, Math.floor((4 * this.#count) / CLICKS))]! += 1;
    this.#count += 1;
  }

  get(): Record<string, number> {
    const quarters = this.#quarters.map((hits, index) => [`hit@5 quarter ${index + 1}`, hits / (this.#count / 4)]);
    return {
      'hit@1': this.#first / this.#count,
      'hit@5': this.#five / this.#count,
      ...Object.fromEntries(quarters),
    } as Record<string, number>;
  }
}

interface Ranker {
  readonly method: string;
  readonly hits: HitRates;
  /** The order that is served; then it learns the click. */
  step(scene: Scene, index: number): readonly number[];
}

function learned(method: string, learner: RankingLearner, seed: number): Ranker {
  return {
    method,
    hits: new HitRates(),
    step({ click, candidates, chosen }, index) {
      const context = { target: click.target.topics };
      const { order } = learner.rank(context, candidates, seed * 1_000_003 + index);
      const rank = order.indexOf(chosen);
      for (const skipped of order.slice(Math.max(0, rank - MAX_SKIPPED), rank)) {
        learner.learn(context, candidates[skipped]!, 0);
      }
      learner.learn(context, candidates[chosen]!, 1);
      return order;
    },
  };
}

/** Orders by a score that is given; equal ones keep the page's order. */
function baseline(method: string, score: (features: Features) => number): Ranker {
  return {
    method,
    hits: new HitRates(),
    step({ candidates }) {
      const scores = candidates.map(score);
      return scores.map((_, index) => index).sort((a, b) => scores[b]! - scores[a]!);
    },
  };
}

function rankers(seed: number): Ranker[] {
  const greedy = openRankingLearner(task, seed, {
    policy: (slots) => createPolicy({ slots, exploration: { kind: 'greedy' }, floor: 0, budget: null }),
  });
  const baselines = [
    baseline('Most clicked so far', ({ popularity }) => Number(popularity)),
    baseline(
      'Most clicked on this page so far',
      ({ popularityHere, popularity }) => Number(popularityHere) * 1000 + Number(popularity),
    ),
    baseline('Link text most similar to the target', ({ titleSimilarity }) => Number(titleSimilarity)),
    baseline('Categories most similar to the target', ({ categorySimilarity }) => Number(categorySimilarity)),
    baseline('Order of the page', () => 0),
  ];
  return [
    learned(DEFAULT_METHOD, openRankingLearner(task, seed), seed),
    learned('Greedy', greedy, seed),
    // They depend on no seed, and cost little.
    ...baselines,
  ];
}

export const wikispeedia: LearningBenchmark = {
  key: 'wikispeedia',
  title: 'Next click on Wikispeedia paths',
  protocol:
    `Test-then-train along the first ${CLICKS} clicks of the abandoned games, in order of time: the links of the current page are ranked (61 on average), given the ` +
    'target article; then the click is learned, with up to 8 links above it as passed over. The visitors look for a target and these are the games they gave up.',
  files: [CATEGORIES, LINKS, PATHS],
  seeds: [1, 2, 3, 4, 5],
  goals: [],
  published: [],
  async run(seed, context): Promise<readonly MethodResult[]> {
    const all = rankers(seed);
    let index = 0;
    for (const scene of scenes(context)) {
      for (const ranker of all) ranker.hits.update(ranker.step(scene, index).indexOf(scene.chosen));
      index += 1;
    }
    return all.map(({ method, hits }) => ({ method, metrics: hits.get() }));
  },
};
