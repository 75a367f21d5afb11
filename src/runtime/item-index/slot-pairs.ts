/** Which slot of an index holds what lies in which slot of a store. */
export class SlotPairs {
  readonly #indexSlots = new Map<number, number>();
  /** By the slot of the index; -1 where nothing of the store is known to lie there. */
  #itemSlots = new Int32Array(1024).fill(-1);

  /** Estimate. */
  get bytes(): number {
    return this.#itemSlots.byteLength + 40 * this.#indexSlots.size;
  }

  has(itemSlot: number): boolean {
    return this.#indexSlots.has(itemSlot);
  }

  pair(itemSlots: readonly number[], indexSlots: Int32Array): void {
    itemSlots.forEach((itemSlot, place) => {
      const indexSlot = indexSlots[place]!;
      this.#reserve(indexSlot);
      this.#itemSlots[indexSlot] = itemSlot;
      this.#indexSlots.set(itemSlot, indexSlot);
    });
  }

  /** @param itemSlots that are paired @returns the slots of the index that they were paired with */
  unpair(itemSlots: readonly number[]): number[] {
    const indexSlots = this.indexSlots(itemSlots);
    for (const itemSlot of itemSlots) this.#indexSlots.delete(itemSlot);
    for (const indexSlot of indexSlots) this.#itemSlots[indexSlot] = -1;
    return indexSlots;
  }

  /** @param itemSlots that are paired */
  indexSlots(itemSlots: readonly number[]): number[] {
    return itemSlots.flatMap((itemSlot) => this.#indexSlots.get(itemSlot) ?? []);
  }

  /** Of those slots of the index that are paired. */
  itemSlots(indexSlots: Int32Array): number[] {
    return Array.from(indexSlots, (indexSlot) => this.#itemSlots[indexSlot] ?? -1).filter((itemSlot) => itemSlot >= 0);
  }

  #reserve(indexSlot: number): void {
    if (indexSlot < this.#itemSlots.length) return;
    const grown = new Int32Array(Math.max(2 * this.#itemSlots.length, indexSlot + 1)).fill(-1);
    grown.set(this.#itemSlots);
    this.#itemSlots = grown;
  }
}
