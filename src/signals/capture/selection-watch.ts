import type { Happening } from './recorder.ts';
import { closestAcross, hostOf, isElement, ITEM, subjectOf } from './subject.ts';
import type { Timers } from './timers.ts';

/** A selection is still being made until it has not changed for so long. */
const SETTLES_AFTER_MS = 300;

/** That something inside an item was selected; never what. */
export class SelectionWatch {
  readonly #root: Document;
  readonly #timers: Timers;
  readonly #record: (happening: Happening) => void;
  readonly #shadowRoots: () => ShadowRoot[];
  #told = '';
  #cancel: (() => void) | null = null;

  constructor(root: Document, timers: Timers, record: (happening: Happening) => void, shadowRoots: () => ShadowRoot[]) {
    this.#root = root;
    this.#timers = timers;
    this.#record = record;
    this.#shadowRoots = shadowRoots;
  }

  readonly changed = (): void => {
    this.stop();
    this.#cancel = this.#timers.after(SETTLES_AFTER_MS, () => this.#settled());
  };

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #settled(): void {
    this.#cancel = null;
    const item = this.#selectedItem();
    const subject = item && subjectOf(item);
    if (!subject?.item) {
      this.#told = '';
      return;
    }
    // A selection that is made larger is one.
    if (subject.place === this.#told) return;
    this.#told = subject.place;
    this.#record({ type: 'selection', subject });
  }

  /** The item that holds all of the selection. */
  #selectedItem(): Element | null {
    const selection = this.#root.getSelection();
    if (!selection || selection.rangeCount === 0) return null;
    // Only newer browsers see into shadow roots.
    const { getComposedRanges } = selection as Partial<Selection>;
    const [composed] = getComposedRanges?.call(selection, { shadowRoots: this.#shadowRoots() }) ?? [];
    const range = composed ?? selection.getRangeAt(0);
    if (range.collapsed) return null;
    const item = itemAround(range.startContainer);
    return item === itemAround(range.endContainer) ? item : null;
  }
}

function itemAround(node: Node): Element | null {
  const element = isElement(node) ? node : (node.parentElement ?? hostOf(node));
  return closestAcross(element, ITEM);
}
