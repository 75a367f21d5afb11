import type { Candidate, Features } from '../core/task.ts';
import { items } from './embed-configuration.ts';
import { readFeatures, type MarkupSchema } from './markup-features.ts';

/** What the list needs of the handle. */
interface Ranker {
  rank(
    taskId: string,
    request: { context?: Features; candidates: readonly Candidate[]; deadlineMs: number },
  ): Promise<{ decisionId: string; source: 'model' | 'host'; order: readonly { id: string }[] }>;
  keptOwnOrder(decisionId: string): void;
  readonly feed: {
    signal(signal: { type: 'click'; taskId: string; decisionId: string; item: string }): Promise<unknown>;
  };
}

/** The worker is still starting when a page first asks; the list waits for it, in the host's own order, and never changes under a finger. */
const FIRST_DEADLINE_MS = 5_000;

/** One list of the host's markup: re-ordered once when the answer comes, learning from clicks until the capture sees to them. */
export class RankedList {
  readonly #list: HTMLElement;
  readonly #schema: MarkupSchema;
  readonly #taskId: string;
  readonly #ranker: Ranker;
  #decisionId: string | null = null;

  constructor(list: HTMLElement, schema: MarkupSchema, taskId: string, ranker: Ranker) {
    this.#list = list;
    this.#schema = schema;
    this.#taskId = taskId;
    this.#ranker = ranker;
  }

  start(): void {
    // Capturing, so that a host that stops the event still lets it be seen; nothing is prevented.
    this.#list.addEventListener('click', this.#onClick, { capture: true, passive: true });
    this.#list.addEventListener('auxclick', this.#onClick, { capture: true, passive: true });
    void this.#rank();
  }

  /** Nothing is captured any longer; the order that is shown stays. */
  stop(): void {
    this.#decisionId = null;
    delete this.#list.dataset.tendrilDecision;
    this.handOver();
  }

  /** Somebody else sees the clicks from now on. */
  handOver(): void {
    this.#list.removeEventListener('click', this.#onClick, { capture: true });
    this.#list.removeEventListener('auxclick', this.#onClick, { capture: true });
  }

  async #rank(): Promise<void> {
    const elements = items(this.#list);
    const candidates = elements.map((element) => ({
      id: itemId(element),
      features: readFeatures(element, this.#schema),
    }));
    const { decisionId, source, order } = await this.#ranker.rank(this.#taskId, {
      candidates,
      deadlineMs: FIRST_DEADLINE_MS,
    });
    this.#decisionId = decisionId;
    // Where the capture finds what the signals are about.
    this.#list.dataset.tendrilDecision = decisionId;
    this.#list.dataset.tendrilTask = this.#taskId;
    const applied = source === 'model' && !this.#inUse();
    if (applied) this.#apply(order.map(({ id }) => id));
    else if (source === 'model') this.#ranker.keptOwnOrder(decisionId);
    this.#list.dataset.tendrilSource = applied ? 'model' : 'host';
    this.#list.dispatchEvent(
      new CustomEvent('tendril:ranked', {
        bubbles: true,
        detail: { decisionId, source: this.#list.dataset.tendrilSource },
      }),
    );
  }

  /** A list under the visitor's pointer or focus stays as it is. */
  #inUse(): boolean {
    return this.#list.matches(':hover, :focus-within');
  }

  /** Moves the items into the places that items had, so that whatever else is in the list stays where it was. */
  #apply(order: readonly string[]): void {
    const elements = items(this.#list);
    const byId = new Map(elements.map((element) => [itemId(element), element]));
    const places = elements.map((element) => {
      const place = document.createComment('');
      element.replaceWith(place);
      return place;
    });
    order.forEach((id, index) => {
      const element = byId.get(id);
      if (element) places[index]?.replaceWith(element);
    });
  }

  readonly #onClick = (event: Event): void => {
    const item = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tendril-item]') : null;
    if (!item || this.#decisionId === null) return;
    const about = { taskId: this.#taskId, decisionId: this.#decisionId, item: itemId(item) };
    const click = { type: 'click', ...about } as const;
    void this.#ranker.feed.signal(click).then((result) => {
      this.#list.dispatchEvent(new CustomEvent('tendril:signals', { bubbles: true, detail: result }));
    });
  };
}

function itemId(element: HTMLElement): string {
  return element.dataset.tendrilItem ?? '';
}
