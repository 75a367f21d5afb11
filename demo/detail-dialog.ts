import { create } from './dom.ts';
import type { Entry } from './entry.ts';
import { availability, metaLine } from './entry-labels.ts';

/** The panel with one entry. Escape, the cross and a click beside it close it; all of them end in the `close` event. */
export class DetailDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #body: HTMLElement;
  readonly #nameOf: (topic: string) => string;

  constructor(dialog: HTMLDialogElement, body: HTMLElement, nameOf: (topic: string) => string) {
    this.#dialog = dialog;
    this.#body = body;
    this.#nameOf = nameOf;
    // The dialog's own box has no padding, so only a click on the backdrop has the dialog itself as its target.
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  onClose(listener: () => void): void {
    this.#dialog.addEventListener('close', listener);
  }

  /** @param why a sentence on how the entry came to its place, or null */
  show(entry: Entry, why: string | null): void {
    this.#body.replaceChildren(
      create('h2', { id: 'detail-name' }, entry.name),
      metaLine(entry, this.#nameOf),
      create('p', { class: 'description' }, entry.description),
      create('h3', {}, 'Availability'),
      create('p', {}, availability(entry)),
      supportTable(entry),
      create('h3', {}, 'Read on'),
      links(entry),
      ...(why === null ? [] : [create('p', { class: 'why' }, why)]),
    );
    this.#dialog.showModal();
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

function link(text: string, address: string): HTMLElement {
  return create('a', { href: address, rel: 'noopener' }, text);
}
