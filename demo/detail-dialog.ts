import { create } from './dom.ts';
import { prepareDrawer } from './drawer.ts';
import type { Entry } from './entry.ts';
import { availability, metaLine } from './entry-labels.ts';

/** How the entry came to its place. */
export interface Provenance {
  /** A sentence on it; null where there is nothing to say. */
  readonly why: string | null;
  /** The decision that showed it; null where none did. */
  readonly decisionId: string | null;
}

export const UNKNOWN: Provenance = { why: null, decisionId: null };

/** The panel with one entry. Whatever closes it ends in the `close` event. */
export class DetailDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #body: HTMLElement;
  readonly #nameOf: (topic: string) => string;
  #onWhy: (entry: Entry) => void = () => undefined;

  constructor(dialog: HTMLDialogElement, body: HTMLElement, nameOf: (topic: string) => string) {
    this.#dialog = dialog;
    this.#body = body;
    this.#nameOf = nameOf;
    prepareDrawer(dialog);
  }

  close(): void {
    this.#dialog.close();
  }

  onClose(listener: () => void): void {
    this.#dialog.addEventListener('close', listener);
  }

  /** Takes over what happens when the visitor asks why. */
  onWhy(listener: (entry: Entry) => void): void {
    this.#onWhy = listener;
  }

  show(entry: Entry, provenance: Provenance): void {
    this.#mark(entry, provenance.decisionId);
    this.#body.replaceChildren(
      create('h2', { id: 'detail-name' }, entry.name),
      metaLine(entry, this.#nameOf),
      create('p', { class: 'description' }, entry.description),
      create('h3', {}, 'Availability'),
      create('p', {}, availability(entry)),
      supportTable(entry),
      create('h3', {}, 'Read on'),
      links(entry),
      ...this.#whyHere(entry, provenance),
    );
    this.#dialog.showModal();
  }

  /** What is read here, and how far, belongs to the decision that showed the entry. */
  #mark({ id }: Entry, decisionId: string | null): void {
    const { dataset } = this.#body;
    delete dataset.tendrilItem;
    if (decisionId === null) return;
    dataset.tendrilDecision = decisionId;
    dataset.tendrilItem = id;
  }

  #whyHere(entry: Entry, { why, decisionId }: Provenance): HTMLElement[] {
    if (decisionId === null) return [];
    const ask = create(
      'button',
      { class: 'text-button', type: 'button', 'aria-haspopup': 'dialog', 'data-tendril-signal': 'why' },
      'Why am I seeing this?',
    );
    ask.addEventListener('click', () => this.#onWhy(entry));
    return [create('p', { class: 'why' }, ...(why === null ? [] : [`${why} `]), ask)];
  }
}

function supportTable(entry: Entry): HTMLElement {
  const rows = ['Chrome', 'Edge', 'Firefox', 'Safari'].map((browser) => {
    const release = entry.support[browser];
    const cell = release === undefined ? create('td', { class: 'absent' }, 'no') : create('td', {}, `since ${release}`);
    return create('tr', {}, create('th', { scope: 'row' }, browser), cell);
  });
  return create('table', { class: 'support' }, create('tbody', {}, ...rows));
}

function links(entry: Entry): HTMLElement {
  const specs = entry.specs.map((address) => link(`Specification (${new URL(address).hostname})`, address));
  const status = link('Web platform status', `https://webstatus.dev/features/${entry.id}`);
  return create('ul', { class: 'links' }, ...[...specs, status].map((anchor) => create('li', {}, anchor)));
}

/** Following one is a goal that the entry has led to. */
function link(text: string, address: string): HTMLElement {
  return create('a', { href: address, rel: 'noopener', 'data-tendril-goal': 'read-on' }, text);
}
