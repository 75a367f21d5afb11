import { data, isWhole } from './check-candidates.ts';

/** Which slots are taken. What it gives out depends on the calls alone. */
export class SlotTable {
  /** One bit a slot, the lowest first; as long as {@link end} asks for, and longer. */
  #taken = new Int32Array(32);
  readonly #free: number[] = [];
  #end = 0;
  #count = 0;

  /** Slots that are taken. */
  get count(): number {
    return this.#count;
  }

  /** One more than the highest slot ever given out. */
  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#taken.byteLength + 8 * this.#free.length;
  }

  /** The bits of all slots; a view, valid until the next `take`. */
  get bits(): Int32Array<ArrayBuffer> {
    return this.#taken;
  }

  has(slot: number): boolean {
    return ((this.#taken[slot >> 5]! >> (slot & 31)) & 1) === 1;
  }

  /** What {@link end} is after `count` more are taken. */
  endAfter(count: number): number {
    return this.#end + Math.max(0, count - this.#free.length);
  }

  /** Makes {@link bits} long enough for slots below `end`. */
  growTo(end: number): void {
    if (end <= 32 * this.#taken.length) return;
    const grown = new Int32Array(Math.max(2 * this.#taken.length, Math.ceil(end / 32)));
    grown.set(this.#taken);
    this.#taken = grown;
  }

  /** Of `count` rows: those that were freed, the last first, then new ones. */
  take(count: number): Int32Array<ArrayBuffer> {
    const slots = Int32Array.from({ length: count }, () => this.#free.pop() ?? this.#end++);
    this.growTo(this.#end);
    for (const slot of slots) this.#taken[slot >> 5]! |= 1 << (slot & 31);
    this.#count += count;
    return slots;
  }

  /** @param slots as {@link checked} gives them */
  release(slots: Int32Array): void {
    for (const slot of slots) {
      this.#taken[slot >> 5]! &= ~(1 << (slot & 31));
      this.#free.push(slot);
    }
    this.#count -= slots.length;
  }

  /** @throws INVALID_DATA unless all are taken, and each is there once */
  checked(slots: ArrayLike<number>): Int32Array<ArrayBuffer> {
    const seen = new Set<number>();
    for (const slot of Array.from(slots)) {
      if (!isWhole(slot, 0, this.#end - 1) || !this.has(slot)) throw data(`there is no candidate in slot ${slot}`);
      if (seen.has(slot)) throw data(`slot ${slot} is given twice`);
      seen.add(slot);
    }
    return Int32Array.from(slots);
  }
}
