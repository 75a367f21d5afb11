import type { Candidate, RankingTask } from '../../src/core/task.ts';
import { Rng } from '../../src/core/rng.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { valueOf } from './poison-worker.ts';
import { visitId, type PoisonWorld, type Visit } from './poison-world.ts';

const TOPICS = ['art', 'cars', 'food', 'games', 'music', 'news', 'travel', 'work'];
const USERS = ['anna', 'ben', 'cleo'];
const CANDIDATES = 24;
/** Chance that each of the three places that are seen is looked at. */
const LOOKED_AT = [1, 0.6, 0.4];
/** Chance of a click on what is looked at: of the topic that a visitor likes, of the second, of the others. */
const [LIKED, SECOND, OTHER] = [0.7, 0.35, 0.08];

interface Page {
  readonly candidates: readonly Candidate[];
  /** Chance of a click where it is looked at. */
  readonly taste: (user: string, id: string) => number;
  /** Of a topic that nobody likes. */
  readonly useless: readonly string[];
}

function pageOf(rng: Rng): Page {
  const [useless, ...topics] = rng.shuffle([...TOPICS]) as [string, ...string[]];
  const likes = new Map(USERS.map((user, index) => [user, [topics[index]!, topics[index + 3]!] as const]));
  const items = Array.from({ length: CANDIDATES }, (_, index) => ({
    id: `item ${String(index)}`,
    topic: TOPICS[index % TOPICS.length]!,
    minutes: 1 + rng.nextInt(20),
    age: rng.nextFloat(),
  }));
  const byId = new Map(items.map((item) => [item.id, item]));
  return {
    candidates: items.map(({ id, ...features }) => ({ id, features })),
    taste(user, id) {
      const { topic = '', minutes = 0 } = byId.get(id) ?? {};
      const [liked, second] = likes.get(user) ?? [];
      const chance = topic === liked ? LIKED : topic === second ? SECOND : OTHER;
      // Short ones are liked better.
      return chance * (minutes <= 10 ? 1 : 0.7);
    },
    useless: items.filter(({ topic }) => topic === useless).map(({ id }) => id),
  };
}

/** A mistaken unit of a number of every candidate. */
function shifted(candidates: readonly Candidate[], seed: number): Candidate[] {
  const name = seed % 2 === 0 ? 'minutes' : 'age';
  const wrong = (value: number) => (seed % 4 < 2 ? 100 * value : value + 50);
  return candidates.map(({ id, features }) => ({
    id,
    features: { ...features, [name]: wrong(Number(features[name])) },
  }));
}

/** A live ranking: three places are seen, by visitors who click what they like where they look at it. */
export function rankingWorld(seed: number): PoisonWorld {
  const page = pageOf(Rng.fromSeed(seed));
  const wrong = shifted(page.candidates, seed);
  const task: RankingTask = {
    id: 'live',
    kind: 'ranking',
    seed,
    schema: {
      context: { user: 'categorical' },
      candidate: { topic: 'categorical', minutes: 'numeric', age: 'numeric' },
    },
    exploration: { slots: LOOKED_AT.length },
  };
  const worth = (user: string, ids: readonly string[]) =>
    LOOKED_AT.reduce((sum, chance, place) => sum + chance * page.taste(user, ids[place] ?? ''), 0);
  const best = new Map(
    USERS.map((user) => {
      const ids = page.candidates.map(({ id }) => id);
      return [
        user,
        worth(
          user,
          ids.sort((a, b) => page.taste(user, b) - page.taste(user, a)),
        ),
      ];
    }),
  );

  async function ordered(worker: LearnerWorker, decisionId: string, user: string, candidates: readonly Candidate[]) {
    const request = { taskId: task.id, decisionId, context: { user }, candidates };
    return valueOf(await worker.rank(request)).order.map(({ id }) => id);
  }

  /** What comes of a visit, as it is fed back. The chance of every place is its own, so that every arm has the same visitors. */
  function clicks({ index, poison }: Visit, user: string, order: readonly string[]): ReadonlyMap<string, number> {
    const rng = Rng.fromSeed(1_000_003 * seed + index);
    const seen = order.slice(0, LOOKED_AT.length);
    const rewards = seen.map((id, place): [string, number] => {
      const [looks, likes] = [rng.nextFloat() < LOOKED_AT[place]!, rng.nextFloat() < page.taste(user, id)];
      const clicked = looks && likes ? 1 : 0;
      if (poison === 'forged' || poison === 'flooded') return [id, 0];
      return [id, poison === 'inverted' ? 1 - clicked : clicked];
    });
    const forged = poison === 'flooded' ? page.useless.slice(0, 1) : poison === 'forged' ? page.useless : [];
    const found = order.find((id) => forged.includes(id));
    return new Map([...rewards, ...(found === undefined ? [] : [[found, 1] as const])]);
  }

  return {
    task: (versions) => ({ ...task, versions }),
    async visit(worker, visit) {
      const { index, poison, learns } = visit;
      const user = USERS[Rng.fromSeed(7_919 * seed + index).nextInt(USERS.length)]!;
      let decisionId = visitId(index);
      const order = await ordered(worker, decisionId, user, poison === 'shifted' ? wrong : page.candidates);
      if (learns && poison === 'shifted in the log') {
        decisionId = `logged ${String(index)}`;
        await ordered(worker, decisionId, user, wrong);
      }
      if (learns) {
        const rewards = [...clicks(visit, user, order)];
        await Promise.all(rewards.map(([item, reward]) => worker.feedback({ decisionId, item, reward }).then(valueOf)));
        valueOf(await worker.checkpoint(task.id));
      }
      return worth(user, order) / (best.get(user) ?? 1);
    },
  };
}
