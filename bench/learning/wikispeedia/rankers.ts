import { Rng } from '../../../src/core/rng.ts';
import { createPolicy, type PolicyOptions } from '../../../src/policies/create-policy.ts';
import { openRankingLearner } from '../bandits/ranking-learner.ts';
import { task } from './candidate-features.ts';
import { byFalling, overlap } from './closeness.ts';
import type { Scene } from './scenes.ts';

/** Orders a page's links; it sees the click of a scene only to learn it, after it has given the order. */
export interface Ranker {
  readonly method: string;
  /** @returns places in the list, best first */
  step(scene: Scene, index: number): readonly number[];
}

/** Links without the click that are learned with reward 0 beside each click, as many as the runtime takes from a list. */
const PASSED_OVER = 8;

export function learned(method: string, seed: number, policy: PolicyOptions = {}): Ranker {
  const learner = openRankingLearner(task, seed, { policy: (slots) => createPolicy({ slots, ...policy }) });
  const draws = Rng.fromSeed(seed);
  return {
    method,
    step({ candidates, chosen }, index) {
      const { order } = learner.rank({}, candidates, seed * 1_000_003 + index);
      const others = order.filter((place) => place !== chosen);
      for (const other of sample(others, PASSED_OVER, draws)) learner.learn({}, candidates[other]!, 0);
      learner.learn({}, candidates[chosen]!, 1);
      return order;
    },
  };
}

/** Some of them without replacement, each as likely. */
export function sample<T>(all: readonly T[], size: number, rng: Rng): T[] {
  const pool = [...all];
  const count = Math.min(size, pool.length);
  for (let i = 0; i < count; i++) {
    const other = i + rng.nextInt(pool.length - i);
    [pool[i], pool[other]] = [pool[other]!, pool[i]!];
  }
  return pool.slice(0, count);
}

/** By a score of its own; equal ones keep the list's order. */
function scored(method: string, score: (scene: Scene) => readonly number[]): Ranker {
  return { method, step: (scene) => byFalling(score(scene)) };
}

/** How often each article was clicked, anywhere and on each page. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }
}

/** `score` of each link from how often it was clicked so far, in all and on this page. */
function counted(
  method: string,
  score: (everywhere: number, here: number, scene: Scene, place: number) => number,
): Ranker {
  const [everywhere, here] = [new Tally(), new Tally()];
  return {
    method,
    step(scene) {
      const { list, click } = scene;
      const on = ({ name }: { name: string }): string => `${click.page.name}>${name}`;
      const scores = list.map((link, place) => score(everywhere.of(link.name), here.of(on(link)), scene, place));
      everywhere.add(click.chosen.name);
      here.add(on(click.chosen));
      return byFalling(scores);
    },
  };
}

/** More than any count of clicks. */
const FIRST = 1e6;
/** Of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, doi 10.1145/1571941.1572114). */
const FUSION = 60;

/** By Σ 1 / (60 + place) over the places that others give: what an engineer without a learner would try. */
function fused(method: string, rankers: readonly Ranker[]): Ranker {
  return {
    method,
    step(scene, index) {
      const scores = new Array<number>(scene.list.length).fill(0);
      for (const ranker of rankers) {
        for (const [place, link] of ranker.step(scene, index).entries()) scores[link]! += 1 / (FUSION + place + 1);
      }
      return byFalling(scores);
    },
  };
}

function mostClickedHere(method: string): Ranker {
  return counted(method, (everywhere, here) => FIRST * here + everywhere);
}

function linkedLikeTarget(method: string): Ranker {
  return scored(method, ({ list, click }) => list.map(({ linkedFrom }) => linkedFrom.cosine(click.target.linkedFrom)));
}

export function baselines(): Ranker[] {
  return [
    counted('Links to the target first, then most clicked so far', (everywhere, _here, { list, click }, place) =>
      list[place]!.linked.has(click.target.id) ? FIRST + everywhere : everywhere,
    ),
    fused('Clicks on this page and closeness to the target, fused', [mostClickedHere(''), linkedLikeTarget('')]),
    mostClickedHere('Most clicked on this page so far, then anywhere'),
    linkedLikeTarget('Linked from the same pages as the target'),
    counted('Most clicked so far', (everywhere) => everywhere),
    scored('Most links into it', ({ list }) => list.map(({ linkedFrom }) => linkedFrom.size)),
    scored('Categories most similar to the target', ({ list, click }) =>
      list.map(({ categories }) => overlap(categories, click.target.categories)),
    ),
    scored('Link text most similar to the target', ({ list, click }) =>
      list.map(({ words }) => overlap(words, click.target.words)),
    ),
  ];
}
