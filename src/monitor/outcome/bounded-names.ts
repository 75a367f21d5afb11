import * as v from 'valibot';
import { invalidData, parseState } from './parse-state.ts';

/** A longer name is not kept: names come from pages, and states shall stay small. */
const LONGEST = 100;

const namesSchema = v.array(v.pipe(v.string(), v.maxLength(LONGEST)));

/** The first `capacity` names that come, each with an index from 0; all others share the index `capacity`. */
export class BoundedNames {
  readonly capacity: number;
  readonly #declared: readonly string[];
  #indices: Map<string, number>;

  /** @param declared names that have their place before any comes, at most `capacity` */
  constructor(capacity: number, declared: readonly string[] = []) {
    this.capacity = capacity;
    this.#declared = declared;
    this.#indices = new Map(declared.map((name, index) => [name, index]));
  }

  /** Gives a new name a place while there is one. */
  add(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    if (this.#indices.size >= this.capacity || name.length > LONGEST) return this.capacity;
    this.#indices.set(name, this.#indices.size);
    return this.#indices.size - 1;
  }

  /** Null where the name has no place of its own. */
  indexOf(name: string): number | null {
    return this.#indices.get(name) ?? null;
  }

  /** By index. */
  names(): string[] {
    return [...this.#indices.keys()];
  }

  /** The names that the constructor was given keep their places: a state that does not begin with them is of another declaration. @throws INVALID_DATA */
  restore(state: unknown): void {
    const names = parseState(namesSchema, state, 'names');
    const indices = new Map(names.map((name, index) => [name, index]));
    if (indices.size !== names.length) throw invalidData('a name is there twice');
    if (names.length > this.capacity) throw invalidData(`${names.length} names instead of at most ${this.capacity}`);
    if (this.#declared.some((name, index) => names[index] !== name)) throw invalidData('other names were declared');
    this.#indices = indices;
  }
}
