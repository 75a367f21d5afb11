/** Two things cannot be pointed at and pressed within this time. */
const BETWEEN_ITEMS_MS = 50;
/** Nobody reacts sooner to what they see: the false start of the World Athletics rules (TR 16.6). */
const REACTION_MS = 100;

/** Actions that come faster than a hand and an eye can. */
export class SpeedCheck {
  #lastAtMs = -Infinity;
  #lastPlace = '';

  /**
   * @param place what was acted on
   * @param visibleForMs how long it has been on the screen; null where that is not known
   */
  isImpossible(place: string, nowMs: number, visibleForMs: number | null): boolean {
    const elsewhere = place !== this.#lastPlace && nowMs - this.#lastAtMs < BETWEEN_ITEMS_MS;
    this.#lastAtMs = nowMs;
    this.#lastPlace = place;
    return elsewhere || (visibleForMs !== null && visibleForMs < REACTION_MS);
  }
}
