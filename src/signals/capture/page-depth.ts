import type { Happening } from './recorder.ts';
import { subjectOf } from './subject.ts';

/** How far the visitor has scrolled through the page. */
export class PageDepth {
  readonly #root: Document;
  readonly #record: (happening: Happening) => void;
  #depth = 0;
  #told = 0;

  constructor(root: Document, record: (happening: Happening) => void) {
    this.#root = root;
    this.#record = record;
  }

  /** To be called where the page is laid out already (in an IntersectionObserver's callback): then reading costs nothing. */
  measure(): void {
    const page = this.#root.scrollingElement;
    if (!page || page.scrollHeight === 0) return;
    this.#depth = Math.max(this.#depth, Math.min(1, (page.scrollTop + page.clientHeight) / page.scrollHeight));
  }

  tell(): void {
    if (this.#depth <= this.#told) return;
    this.#told = this.#depth;
    this.#record({ type: 'scroll', subject: subjectOf(this.#root.documentElement), value: this.#depth });
  }
}
