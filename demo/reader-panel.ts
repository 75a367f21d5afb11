import type { Status } from 'tendril';

import { byId, create } from './dom.ts';
import type { Entry } from './entry.ts';
import { TASK_ID } from './reader-task.ts';
import { TOP, type TopicShare } from './topic-share.ts';

const MOST_ROWS = 7;
const KEEPS_ORDER = 'nothing: the page keeps its own order';

/** "Your reader": what the first ten are about, what serves them, and what has been learned. Shows; decides nothing. */
export class ReaderPanel {
  readonly #nameOf: (topic: string) => string;
  readonly #shares = byId('shares', HTMLElement);
  readonly #brief = byId('panel-brief', HTMLElement);
  readonly #result = byId('panel-result', HTMLElement);

  constructor(nameOf: (topic: string) => string, wide: boolean) {
    this.#nameOf = nameOf;
    byId('panel', HTMLDetailsElement).open = wide;
  }

  showShares(shares: readonly TopicShare[]): void {
    this.#shares.replaceChildren(...shares.slice(0, MOST_ROWS).map((share) => this.#row(share)));
  }

  #row({ topic, before, now }: TopicShare): HTMLElement {
    const bars = create('div', { class: 'bars', 'aria-hidden': 'true' }, bar('before', before), bar('now', now));
    return create(
      'tr',
      { 'data-topic': topic, 'data-before': String(before), 'data-now': String(now) },
      create('th', { scope: 'row', title: this.#nameOf(topic) }, this.#nameOf(topic)),
      create('td', { class: 'chart' }, bars),
      create('td', { class: 'numbers' }, `${before} → ${now}`),
    );
  }

  showStatus(status: Status): void {
    const task = status.worker?.tasks[TASK_ID];
    const experiences = task?.experiences ?? 0;
    const modelVersion = task?.model.modelVersion ?? null;
    setText('fact-experiences', experiences === 0 ? 'nothing yet' : `${experiences} experiences`);
    setText('fact-model', modelVersion === null ? 'your own, unpublished' : `descends from version ${modelVersion}`);
    const backend = status.worker?.backend;
    setText('fact-backend', backend ? `${backend.serving}: ${backend.why}` : KEEPS_ORDER);
    this.#brief.textContent = backend ? `${experiences} learned · ${backend.serving}` : 'not available';
    const [error] = status.errors;
    byId('fact-error-row', HTMLElement).hidden = error === undefined;
    setText('fact-error', error === undefined ? '' : `${error.message} (${error.code})`);
  }

  showUnavailable(): void {
    this.#brief.textContent = 'not available';
    setText('fact-backend', KEEPS_ORDER);
  }

  showResult(text: string): void {
    this.#result.textContent = text;
  }

  showRead(entries: readonly Entry[], onOpen: (entry: Entry) => void): void {
    setText('read-count', String(entries.length));
    byId('read-list', HTMLElement).replaceChildren(
      ...entries.map((entry) => {
        const title = create('button', { class: 'text-button', type: 'button' }, entry.name);
        title.addEventListener('click', () => onOpen(entry));
        return create('li', {}, title);
      }),
    );
  }
}

function bar(kind: 'before' | 'now', count: number): HTMLElement {
  const element = create('div', { class: `bar bar-${kind}` });
  element.style.setProperty('--share', String(count / TOP));
  return element;
}

function setText(id: string, text: string): void {
  byId(id, HTMLElement).textContent = text;
}
