import type { Happening } from './recorder.ts';
import { closestAcross, ITEM, subjectOf, targetOf } from './subject.ts';
import type { Timers } from './timers.ts';

/** Passing over something takes less. */
const RESTS_MS = 300;
const REMEMBERED = 10_000;

/** A pointer that rests on an item, once for each item of a decision. A finger does not hover. */
export class HoverWatch {
  readonly #timers: Timers;
  readonly #record: (happening: Happening) => void;
  readonly #told = new Set<string>();
  #item: Element | null = null;
  #cancel: (() => void) | null = null;

  constructor(timers: Timers, record: (happening: Happening) => void) {
    this.#timers = timers;
    this.#record = record;
  }

  readonly over = (event: PointerEvent): void => {
    const target = event.pointerType === 'touch' ? null : targetOf(event);
    this.#moveTo(target && closestAcross(target, ITEM), event.isTrusted);
  };

  readonly out = (event: PointerEvent): void => {
    if (event.relatedTarget === null) this.stop();
  };

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#item = null;
  }

  #moveTo(item: Element | null, trusted: boolean): void {
    if (item === this.#item) return;
    this.stop();
    this.#item = item;
    if (item) this.#cancel = this.#timers.after(RESTS_MS, () => this.#rested(item, trusted));
  }

  #rested(item: Element, trusted: boolean): void {
    const subject = subjectOf(item);
    if (!item.isConnected || !subject.item || this.#told.has(subject.place)) return;
    if (this.#told.size >= REMEMBERED) this.#told.clear();
    this.#told.add(subject.place);
    this.#record({ type: 'hover', subject, trusted });
  }
}
