import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask, RankingTask, VersionOptions } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { StreamStep } from '../../src/protocol/messages.ts';
import { dataFile } from '../learning/harness/data-files.ts';
import { readLabelledRows, type LabelledRow, type LabelledStream } from '../learning/streams/labelled-rows.ts';
import { generators } from '../streams/generators.ts';
import { liveWorker, valueOf, type LiveWorker } from './poison-worker.ts';

export interface Cost {
  /** Accuracy, or clicks a decision. */
  readonly reward: number;
  readonly promotions: number;
  readonly rollbacks: number;
}

export interface GateCost {
  readonly gated: Cost;
  readonly continuous: Cost;
}

const files: Readonly<Record<string, { readonly file: string; readonly target: string }>> = {
  phishing: { file: 'phishing/phishing.csv.gz', target: 'is_phishing' },
  bananas: { file: 'bananas/bananas.csv', target: 'class' },
  elec2: { file: 'elec2/electricity_full.csv.gz', target: 'class' },
};
const MOST_ROWS = 6_000;
const GENERATED_ROWS = 2_000;
/** Steps that go to the worker at once. */
const BATCH = 200;
const ROUNDS = 1_000;

/** The same clean feedback with the gate and without it. @param stream `news`, a file's key, or the name of a generator */
export async function gateCost(stream: string, seed: number): Promise<GateCost> {
  if (stream === 'news')
    return { gated: await news(seed, {}), continuous: await news(seed, { promotion: 'continuous' }) };
  const file = files[stream];
  const data = file ? await readLabelledRows(dataFile(file.file), file.target) : generated(stream, seed);
  const rows = data.rows.slice(0, MOST_ROWS);
  const accuracy = (versions: VersionOptions) => accuracyOn({ ...data, rows }, seed, versions);
  return { gated: await accuracy({}), continuous: await accuracy({ promotion: 'continuous' }) };
}

function generated(name: string, seed: number): LabelledStream {
  const generator = generators[name];
  if (!generator) throw new Error(`there is no stream ${name}`);
  const rows: LabelledRow[] = [];
  for (const cells of generator.rows(GENERATED_ROWS, Rng.fromSeed(seed))) {
    const named = generator.columns.map((column, index) => [column, cells[index] ?? 0] as const);
    rows.push({ features: Object.fromEntries(named.slice(0, -1)), label: String(cells.at(-1)) });
  }
  const input = Object.entries(rows[0]?.features ?? {}).map(
    ([column, value]) => [column, { type: typeof value === 'number' ? 'numeric' : 'categorical' }] as const,
  );
  return { input: Object.fromEntries(input), rows };
}

async function accuracyOn({ input, rows }: LabelledStream, seed: number, versions: VersionOptions): Promise<Cost> {
  const classes = [...new Set(rows.map(({ label }) => label))].sort();
  const task: ClassificationTask = { id: 'live', kind: 'classification', seed, classes, schema: { input }, versions };
  const live = await liveWorker(task, new MemoryStore());
  let right = 0;
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const steps = batch.flatMap(({ features, label }, index): StreamStep[] => {
      const decisionId = `row ${String(from + index)}`;
      return [
        { type: 'predict', decisionId, input: features },
        { type: 'learn', decisionId, label },
      ];
    });
    const results = valueOf(await live.worker.stream(task.id, steps));
    const said = results.flatMap((result) => (result.type === 'predicted' ? [result.label] : []));
    right += said.filter((label, index) => label === batch[index]?.label).length;
  }
  return costOf(right / rows.length, live);
}

const ARTICLES = ['politics', 'sports', 'music', 'food', 'finance', 'health', 'camping'];
/** Which article Tom likes in the morning and in the afternoon, and which Anna. */
const LIKED = ['politics', 'music', 'sports', 'politics'];

/** The news page of `bench/learning/news.ts`: one article of seven is shown, and clicked where it is the liked one. */
async function news(seed: number, versions: VersionOptions): Promise<Cost> {
  const task: RankingTask = {
    id: 'live',
    kind: 'ranking',
    seed,
    schema: { context: { user: 'categorical', time: 'categorical' }, candidate: { article: 'categorical' } },
    exploration: { slots: 1 },
    versions,
  };
  const live = await liveWorker(task, new MemoryStore());
  const candidates = ARTICLES.map((article) => ({ id: article, features: { article } }));
  const visits = Rng.fromSeed(seed);
  let clicks = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [user, time] = [visits.nextInt(2), visits.nextInt(2)];
    const context = { user: ['Tom', 'Anna'][user]!, time: ['morning', 'afternoon'][time]! };
    const decisionId = `round ${String(round)}`;
    const { order } = valueOf(await live.worker.rank({ taskId: task.id, decisionId, context, candidates }));
    const item = order[0]?.id ?? '';
    const reward = item === LIKED[2 * user + time] ? 1 : 0;
    clicks += reward;
    valueOf(await live.worker.feedback({ decisionId, item, reward }));
    valueOf(await live.worker.checkpoint(task.id));
  }
  return costOf(clicks / ROUNDS, live);
}

function costOf(reward: number, { events }: LiveWorker): Cost {
  const moves = events.flatMap((event) => (event.type === 'version' ? [event.move.kind] : []));
  const promotions = moves.filter((kind) => kind === 'promoted').length;
  return { reward, promotions, rollbacks: moves.length - promotions };
}
