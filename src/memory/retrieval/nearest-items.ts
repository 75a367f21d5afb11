/** The vectors of the items that count, each in a slot, as they are now. */
export interface ItemVectors {
  /** Numbers in a vector. */
  readonly size: number;
  /** Items, of which some may have none yet. */
  readonly count: number;
  /** Every slot that has one. */
  slots(): Iterable<number>;
  /** A view, valid until the next change; null where no item's vector lies there. */
  at(slot: number): Float32Array | null;
}

/** What knows, beside a store, which of its items are near a query, faster than by a look at each. It need not be exact, but must know by how much it may be wrong. */
export interface NearestItems {
  /** Another vector lies in this slot, or none any more. Only taken down: called while a store changes. */
  changed(slot: number): void;
  /**
   * @param query [size]
   * @param count how many slots are wanted
   * @returns null where it cannot say, or not in time
   */
  nearest(query: Float32Array, count: number): Promise<NearItems | null>;
}

export interface NearItems {
  /** Slots in any order, more or fewer than were wanted; some may have lost their item meanwhile. */
  readonly slots: Iterable<number>;
  /** As it was when that was asked, the vector of no item in another slot has a larger inner product with the query, worked out in double precision. */
  readonly restAtMost: number;
}
