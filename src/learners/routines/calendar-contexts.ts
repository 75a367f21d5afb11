import type { LocalTime } from '../../core/local-time.ts';
import type { PartState } from '../../core/part-state.ts';
import { corrupt, joinStates, partOfState, readTensor } from '../../core/read-state.ts';
import type { SparseVector } from '../reward/sparse-vector.ts';
import type { WeighedModel } from './blend.ts';
import { CELL_COUNT, PARTITIONS, type Partition } from './calendar.ts';
import { modelsState, readModels, type DiagonalModel } from './diagonal-model.ts';
import { ExpertWeights } from './expert-weights.ts';

/** Prior that a cell's own model is the right one in it. */
const OWN = 0.5;
/** Chance, at each experience, that another cell's is from here on. */
const SHARE = 0.02;
/** Of an experience in its cell a model learns at least this much, and of one in another at least that or nothing. */
const OWN_LESSON = 0.5;
const LEAST_LESSON = 0.1;

/**
 * A model for each cell of the week that the visitor was met in; none while a partition has met one cell only. Cells with the same tastes are found by
 * what they predict: in each cell all models of the partition are experts, weighed by how well they did in that cell, and they learn from it as much as they
 * are believed in it.
 */
export class CalendarContexts {
  readonly #mostModels: number;
  /** [cells] */
  #models: (DiagonalModel | null)[] = Array.from({ length: CELL_COUNT }, () => null);
  /** [cells] what the models of the partition are believed in the cell. */
  readonly #gates: ExpertWeights[] = PARTITIONS.flatMap(({ cells }) =>
    Array.from({ length: cells }, (_, cell) => new ExpertWeights(cells, cell, OWN)),
  );
  /** [partitions] the first cell that was met; −1 before. */
  #first = new Int32Array(PARTITIONS.length).fill(-1);

  constructor(mostModels: number) {
    this.#mostModels = mostModels;
  }

  /** Of each partition the models with their weights at this time; none where it has no model of the cell. */
  at(when: LocalTime): readonly (readonly WeighedModel[])[] {
    return PARTITIONS.map((partition) => {
      const cell = partition.first + partition.cellOf(when);
      if (!this.#models[cell]) return [];
      const models = this.#modelsOf(partition);
      const weights = this.#gates[cell]!.among(awake(models));
      return models.flatMap((model, index) => (model ? [{ model, weight: weights[index]! }] : []));
    });
  }

  #modelsOf({ first, cells }: Partition): readonly (DiagonalModel | null)[] {
    return this.#models.slice(first, first + cells);
  }

  /**
   * Takes the cells of this time into use.
   * @param known what is known of the visitor without regard to the time @param believed what a new cell starts with
   */
  admit(when: LocalTime, known: () => DiagonalModel, believed: () => DiagonalModel): void {
    PARTITIONS.forEach((part, partition) => {
      const cell = part.first + part.cellOf(when);
      if (this.#first[partition] === -1) this.#first[partition] = cell;
      const before = this.#first[partition]!;
      if (cell === before || this.#models[cell]) return;
      const needed = this.#models[before] ? 1 : 2;
      if (this.#models.filter((model) => model !== null).length + needed > this.#mostModels) return;
      this.#models[before] ??= known();
      this.#models[cell] = believed();
      // Whatever is known of another cell may hold in this one too.
      this.#gates[cell]!.share(1, awake(this.#modelsOf(part)));
    });
  }

  learnOne(when: LocalTime, x: SparseVector, reward: number, weight: number, prior: Float32Array): void {
    for (const partition of PARTITIONS) {
      const own = partition.cellOf(when);
      const models = this.#modelsOf(partition);
      if (!models[own]) continue;
      const gate = this.#gates[partition.first + own]!;
      const expected = Float64Array.from(models, (model) => model?.expect(x) ?? NaN);
      gate.update(expected, reward, weight);
      const weights = gate.among(expected);
      gate.share(SHARE, expected);
      models.forEach((model, cell) => {
        const lesson = cell === own ? Math.max(OWN_LESSON, weights[cell]!) : weights[cell]!;
        if (lesson > LEAST_LESSON) model?.learnOne(x, reward, weight * lesson, prior);
      });
    }
  }

  state(): PartState {
    const gates = this.#gates.map((gate, cell): [string, PartState] => [`gate${cell}`, gate.state()]);
    const own = { tensors: { first: this.#first.slice() }, values: {} };
    return joinStates({ own, models: modelsState(this.#models), ...Object.fromEntries(gates) });
  }

  /** @param size of a model @throws CHECKPOINT_CORRUPT */
  restore(state: PartState, size: number): void {
    const first = readTensor(partOfState(state, 'own'), 'first', 'i32', PARTITIONS.length);
    if (first.some((cell) => cell < -1 || cell >= CELL_COUNT)) throw corrupt('a cell of the week');
    const models = readModels(partOfState(state, 'models'), CELL_COUNT, size);
    this.#gates.forEach((gate, cell) => gate.restore(partOfState(state, `gate${cell}`)));
    [this.#first, this.#models] = [first, models];
  }
}

/** [models] NaN for an absent one. */
function awake(models: readonly (DiagonalModel | null)[]): Float64Array {
  return Float64Array.from(models, (model) => (model ? 0 : NaN));
}
