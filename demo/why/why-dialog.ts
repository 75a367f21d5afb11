import type { Tendril } from 'tendril';

import { byId, create } from '../dom.ts';
import { prepareDrawer } from '../drawer.ts';
import type { Entry } from '../entry.ts';
import { accountOf } from '../memory/account.ts';
import type { Forgetter } from '../memory/forgetter.ts';
import { TASK_ID } from '../reader-task.ts';
import { rawExplanation } from './raw-explanation.ts';
import type { ShownAs } from './shown-as.ts';
import { WhyWords } from './why-words.ts';

export interface WhyDialogParts {
  readonly tendril: Tendril;
  readonly forgetter: Forgetter;
  readonly onForgotten: () => void;
  readonly nameOfTopic: (topic: string) => string;
  readonly now: () => Date;
}

/** "Why am I seeing this?", for one entry: what spoke for it, how much was left to chance, and what came of it. */
export class WhyDialog {
  readonly #parts: WhyDialogParts;
  readonly #words: WhyWords;
  readonly #dialog = byId('why', HTMLDialogElement);
  readonly #body = byId('why-body', HTMLElement);
  /** An answer that comes when something else is asked is of no use. */
  #asked = 0;

  constructor(parts: WhyDialogParts) {
    this.#parts = parts;
    this.#words = new WhyWords(parts.nameOfTopic, parts.now);
    prepareDrawer(this.#dialog);
  }

  async ask(entry: Entry, shown: ShownAs | null): Promise<void> {
    const asked = ++this.#asked;
    this.#show(entry, [create('p', { role: 'status' }, 'Looking it up …')]);
    this.#dialog.showModal();
    const content = await this.#answer(entry, shown);
    if (asked === this.#asked) this.#show(entry, content);
  }

  async #answer(entry: Entry, shown: ShownAs | null): Promise<HTMLElement[]> {
    if (shown === null) return [create('p', {}, 'The page put it here by itself: newest first.')];
    const result = await this.#parts.tendril.feed.explain(shown.decisionId);
    if (!result.ok && result.error.code !== 'UNKNOWN_DECISION')
      return [create('p', {}, `That cannot be said now: ${result.error.message}`)];
    if (!result.ok) return [create('p', {}, 'The order that it was in is forgotten, and with it the reasons.')];
    return [
      ...this.#words.tell(entry, result.value, shown),
      this.#forgetButton(entry),
      ...rawExplanation(entry.id, result.value),
    ];
  }

  #show(entry: Entry, content: readonly HTMLElement[]): void {
    const title = create('h2', { id: 'why-name' }, 'Why am I seeing this?');
    this.#body.replaceChildren(title, create('p', { class: 'about' }, entry.name), ...content);
  }

  #forgetButton(entry: Entry): HTMLElement {
    const button = create('button', { class: 'button', type: 'button' }, 'Forget this entry');
    button.addEventListener('click', () => {
      button.disabled = true;
      void this.#forget(entry, button);
    });
    return create('div', { class: 'actions' }, button);
  }

  async #forget(entry: Entry, button: HTMLButtonElement): Promise<void> {
    const { forgetter, tendril, onForgotten } = this.#parts;
    const asked = this.#asked;
    button.textContent = 'Forgetting …';
    const forgotten = await forgetter.forget({ kind: 'entry', id: entry.id });
    onForgotten();
    const { worker } = await tendril.status();
    const account = accountOf(forgotten, (worker?.tasks[TASK_ID]?.model.modelVersion ?? null) !== null);
    if (asked !== this.#asked) return;
    const result = create('div', { class: 'result', role: 'status', tabindex: '-1' }, account);
    this.#show(entry, [result]);
    result.focus();
  }
}
