import { create } from './dom.ts';
import type { Entry } from './entry.ts';
import { metaLine } from './entry-labels.ts';
import { moveGently } from './move-gently.ts';

const PAGE = 30;

/** What the visitor does with one entry. */
export interface EntryListeners {
  readonly onOpen: (entry: Entry) => void;
  readonly onWhy: (entry: Entry) => void;
}

/** The ranked list: the first 30, and 30 more on demand. Elements are made once an entry and moved afterwards. */
export class EntryList {
  readonly #list: HTMLElement;
  readonly #more: HTMLButtonElement;
  readonly #nameOf: (topic: string) => string;
  readonly #listeners: EntryListeners;
  readonly #elements = new Map<string, HTMLLIElement>();
  /** Place in the page's own order, from 1. */
  readonly #homePlaces = new Map<string, number>();
  #order: readonly Entry[] = [];
  #visible = PAGE;

  constructor(
    list: HTMLElement,
    more: HTMLButtonElement,
    nameOf: (topic: string) => string,
    listeners: EntryListeners,
  ) {
    this.#list = list;
    this.#more = more;
    this.#nameOf = nameOf;
    this.#listeners = listeners;
    more.addEventListener('click', () => this.#showMore());
  }

  get order(): readonly Entry[] {
    return this.#order;
  }

  get shown(): readonly Entry[] {
    return this.#order.slice(0, this.#visible);
  }

  /** The page's own order, which the places on the cards are compared with. */
  setHome(entries: readonly Entry[]): void {
    entries.forEach((entry, index) => this.#homePlaces.set(entry.id, index + 1));
  }

  /** Shows the entries in this order; what is in view glides to its new place unless the reader prefers less motion. */
  setOrder(entries: readonly Entry[]): void {
    this.#order = entries;
    moveGently([...this.#list.children], () => this.#render());
  }

  /** The decision that the order comes from: what is done with the entries from now on is about it. */
  setDecision(decisionId: string): void {
    this.#list.dataset.tendrilDecision = decisionId;
  }

  #showMore(): void {
    const firstNew = this.#order[this.#visible];
    this.#visible += PAGE;
    this.#render();
    if (firstNew) this.#elements.get(firstNew.id)?.querySelector('button')?.focus({ preventScroll: true });
  }

  #render(): void {
    // Taking an element out of the page loses its focus: give it back, without scrolling.
    const focused = document.activeElement;
    this.#list.replaceChildren(...this.shown.map((entry, index) => this.#placed(entry, index + 1)));
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus({ preventScroll: true });
    this.#more.hidden = this.#visible >= this.#order.length;
  }

  #placed(entry: Entry, place: number): HTMLLIElement {
    const element = this.#elements.get(entry.id) ?? this.#create(entry);
    this.#elements.set(entry.id, element);
    element.value = place;
    const home = this.#homePlaces.get(entry.id) ?? place;
    const climb = home - place;
    element.querySelector('.rank')?.replaceChildren(String(place));
    element
      .querySelector('.climb')
      ?.replaceChildren(Math.abs(climb) < PAGE ? '' : climb > 0 ? `up from ${home}` : `down from ${home}`);
    return element;
  }

  #create(entry: Entry): HTMLLIElement {
    const title = create('button', { class: 'title', type: 'button', 'aria-haspopup': 'dialog' }, entry.name);
    title.addEventListener('click', () => this.#listeners.onOpen(entry));
    const meta = metaLine(entry, this.#nameOf);
    meta.append(create('span', { class: 'place' }, create('span', { class: 'climb' }), this.#whyButton(entry)));
    return create(
      'li',
      { class: 'entry', 'data-tendril-item': entry.id, 'data-topics': entry.roots.join(' ') },
      create('span', { class: 'rank', 'aria-hidden': 'true' }),
      create('div', {}, create('h3', {}, title), create('p', { class: 'description' }, entry.description), meta),
    );
  }

  /** Asking is a signal of its own, and no opening. */
  #whyButton(entry: Entry): HTMLElement {
    const about = create('span', { class: 'unseen' }, ` ${entry.name}`);
    const attributes = { class: 'ask', type: 'button', 'aria-haspopup': 'dialog', 'data-tendril-signal': 'why' };
    const button = create('button', attributes, 'Why here?', about);
    button.addEventListener('click', () => this.#listeners.onWhy(entry));
    return button;
  }
}
