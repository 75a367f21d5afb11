import type { Guard } from './guard.ts';
import { isElement, ITEM, subjectAttributes } from './subject.ts';
import type { Timers } from './timers.ts';

/** What one slice of looking through the page may take: a page may hold thousands of items. */
const SLICE_MS = 2;
/** Elements between two looks at the clock. */
const STEP = 64;

interface TreeParts {
  readonly root: Document;
  readonly timers: Timers;
  readonly guard: Guard;
  readonly nowMs: () => number;
  readonly onItem: (item: Element) => void;
  /** An open shadow root: what happens in it is not all heard outside. */
  readonly onRoot: (root: ShadowRoot) => void;
  /** An attribute that says what items are about has changed. */
  readonly onRenamed: () => void;
}

/** Finds items and open shadow roots, those that are there and those that come, in slices. */
export class TreeWatcher {
  readonly #parts: TreeParts;
  readonly #observer: MutationObserver;
  readonly #known = new WeakSet<ShadowRoot>();
  /** Subtrees to look through. */
  readonly #queue: Node[] = [];
  #walker: TreeWalker | null = null;
  #cancel: (() => void) | null = null;

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.#observer = new MutationObserver(parts.guard.wrap((records: MutationRecord[]) => this.#onChange(records)));
  }

  start(): void {
    this.#follow(this.#parts.root);
  }

  stop(): void {
    this.#observer.disconnect();
    this.#cancel?.();
    this.#queue.length = 0;
    this.#walker = null;
  }

  /** Takes in the shadow root around something that happened, if it was attached too late to be found. */
  meet(element: Element): void {
    const root = element.getRootNode();
    if (root !== this.#parts.root && 'host' in root) this.#adopt(root as ShadowRoot);
  }

  #follow(root: Node): void {
    this.#observer.observe(root, { childList: true, subtree: true, attributeFilter: subjectAttributes });
    this.#lookThrough(root);
  }

  #adopt(root: ShadowRoot): void {
    if (this.#known.has(root)) return;
    this.#known.add(root);
    this.#parts.onRoot(root);
    this.#follow(root);
  }

  #onChange(records: readonly MutationRecord[]): void {
    let renamed = false;
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes') {
        renamed = true;
        if (isElement(target) && target.matches(ITEM)) this.#parts.onItem(target);
      } else for (const node of addedNodes) if (isElement(node)) this.#lookThrough(node);
    }
    if (renamed) this.#parts.onRenamed();
  }

  #lookThrough(root: Node): void {
    this.#queue.push(root);
    this.#cancel ??= this.#parts.timers.after(0, this.#slice);
  }

  readonly #slice = (): void => {
    const { nowMs, timers } = this.#parts;
    const untilMs = nowMs() + SLICE_MS;
    this.#cancel = null;
    do {
      for (let step = 0; step < STEP; step++) {
        const element = this.#next();
        if (!element) return;
        this.#visit(element);
      }
    } while (nowMs() < untilMs);
    this.#cancel = timers.after(0, this.#slice);
  };

  #next(): Node | null {
    const next = this.#walker?.nextNode();
    if (next) return next;
    const root = this.#queue.shift();
    this.#walker = root ? this.#parts.root.createTreeWalker(root, NodeFilter.SHOW_ELEMENT) : null;
    return root ?? null;
  }

  #visit(node: Node): void {
    if (!isElement(node)) return;
    if (node.shadowRoot) this.#adopt(node.shadowRoot);
    if (node.hasAttribute('data-tendril-item')) this.#parts.onItem(node);
  }
}
