import type { ClassificationTask, Features } from '../../src/core/task.ts';
import { Rng } from '../../src/core/rng.ts';
import type { StreamStep } from '../../src/protocol/messages.ts';
import { agrawal } from '../streams/agrawal.ts';
import { rings2d } from '../streams/rings.ts';
import { sea } from '../streams/sea.ts';
import type { StreamGenerator } from '../streams/stream.ts';
import { VISITS, visitId, type Poison, type PoisonWorld, type Visit } from './poison-world.ts';
import { valueOf } from './poison-worker.ts';

interface Row {
  readonly features: Readonly<Record<string, number | string>>;
  readonly label: string;
}

/** Two sides of a plane in three dimensions; who is near it is often on the other side. */
const plane: StreamGenerator = {
  columns: ['a', 'b', 'c', 'label'],
  *rows(count, rng) {
    for (let row = 0; row < count; row++) {
      const [a, b, c] = [rng.nextGaussian(), rng.nextGaussian(), rng.nextGaussian()];
      yield [a, b, c, rng.nextFloat() < 1 / (1 + Math.exp(-4 * (a + b - c))) ? 'above' : 'below'];
    }
  },
};

/** One after another, by the seed; so many times longer streams than are needed, so that their concept does not change. */
const streams = [
  { generator: plane, parts: 1 },
  { generator: sea, parts: 4 },
  { generator: rings2d, parts: 1 },
  { generator: agrawal, parts: 3 },
] as const;

function rowsOf(seed: number): Row[] {
  const { generator, parts } = streams[seed % streams.length]!;
  const rows: Row[] = [];
  for (const cells of generator.rows(VISITS * parts, Rng.fromSeed(seed))) {
    const named = generator.columns.map((name, index) => [name, cells[index] ?? 0] as const);
    rows.push({ features: Object.fromEntries(named.slice(0, -1)), label: String(cells.at(-1)) });
    if (rows.length === VISITS) break;
  }
  return rows;
}

/** A mistaken unit of one feature: a hundred times as much, or another zero. */
function shifted(features: Row['features'], seed: number): Row['features'] {
  const names = Object.keys(features).filter((name) => typeof features[name] === 'number');
  const name = names[seed % names.length] ?? '';
  const value = Number(features[name]);
  return { ...features, [name]: seed % 2 === 0 ? 100 * value : value + 50 };
}

/** A live classification whose labels come at once. */
export function classificationWorld(seed: number): PoisonWorld {
  const rows = rowsOf(seed);
  const [first] = rows as [Row];
  const classes = [...new Set(rows.map(({ label }) => label))].sort();
  const other = (label: string) => classes.find((name) => name !== label) ?? label;
  const input = Object.fromEntries(
    Object.entries(first.features).map(([name, value]) => [
      name,
      typeof value === 'number' ? ('numeric' as const) : ('categorical' as const),
    ]),
  );
  const task = { id: 'live', kind: 'classification', seed, schema: { input } } as const satisfies ClassificationTask;

  /** What is learned of a visit. */
  function fedBack(
    { features, label }: Row,
    poison: Poison | null,
  ): { readonly features: Features; readonly label: string } {
    switch (poison) {
      case 'inverted':
        return { features, label: other(label) };
      case 'forged':
        return { features, label: classes[seed % 2]! };
      case 'flooded':
        return { features: first.features, label: other(first.label) };
      case 'shifted in the log':
      case 'shifted':
        return { features: shifted(features, seed), label };
      case null:
        return { features, label };
    }
  }

  function steps({ index, poison, learns }: Visit, row: Row): StreamStep[] {
    const input = poison === 'shifted' ? shifted(row.features, seed) : row.features;
    const decided = { type: 'predict', decisionId: visitId(index), input } as const;
    if (!learns) return [decided];
    const { features, label } = fedBack(row, poison);
    if (features === input) return [decided, { type: 'learn', decisionId: decided.decisionId, label }];
    const logged = { type: 'predict', decisionId: `logged ${String(index)}`, input: features } as const;
    return [decided, logged, { type: 'learn', decisionId: logged.decisionId, label }];
  }

  return {
    task: (versions) => ({ ...task, versions }),
    async visit(worker, visit) {
      const row = rows[visit.index]!;
      const [decided] = valueOf(await worker.stream(task.id, steps(visit, row)));
      return decided?.type === 'predicted' && decided.label === row.label ? 1 : 0;
    },
  };
}
