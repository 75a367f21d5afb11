import type { PartState } from '../../core/part-state.ts';
import { Combiner } from '../combiner.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row } from '../row.ts';
import { rememberingOf, type ClassifierMember } from './default-members.ts';
import { joinStates, partOfState } from '../../core/read-state.ts';

/** Members and their combiner as one classifier. */
export class ClassifierEnsemble implements OnlineClassifier {
  readonly #members: readonly ClassifierMember[];
  readonly #combiner: Combiner;
  /** [members, classes] */
  #probabilities: Float64Array;
  /** [members] their rows of the above. */
  #rows: readonly Float64Array[];

  constructor(members: readonly ClassifierMember[], classCount: number) {
    this.#members = members;
    this.#combiner = new Combiner(members.length, classCount, rememberingOf(members));
    [this.#probabilities, this.#rows] = table(members.length, classCount);
  }

  growClasses(count: number): void {
    if (count * this.#members.length <= this.#probabilities.length) return;
    for (const { model } of this.#members) model.growClasses(count);
    this.#combiner.growClasses(count);
    [this.#probabilities, this.#rows] = table(this.#members.length, count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#ask(row);
    this.#combiner.predictProba(this.#probabilities, out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#ask(row);
    this.#combiner.learnOne(this.#probabilities, label, weight);
    for (const { model } of this.#members) model.learnOne(row, label, weight);
  }

  #ask(row: Row): void {
    this.#members.forEach(({ model }, index) => {
      model.predictProbaOne(row, this.#rows[index]!);
    });
  }

  state(): PartState {
    const parts = Object.fromEntries(this.#members.map(({ model }, index) => [`member${index}`, model.state()]));
    return joinStates({ ...parts, combiner: this.#combiner.state() });
  }

  restore(state: PartState): void {
    this.#members.forEach(({ model }, index) => {
      model.restore(partOfState(state, `member${index}`));
    });
    this.#combiner.restore(partOfState(state, 'combiner'));
  }
}

function table(members: number, classes: number): [Float64Array, Float64Array[]] {
  const all = new Float64Array(members * classes);
  return [all, Array.from({ length: members }, (_, index) => all.subarray(index * classes, (index + 1) * classes))];
}
