import type { Tendril } from 'tendril';

import { byId, create } from '../dom.ts';
import { prepareDrawer } from '../drawer.ts';
import type { Entry } from '../entry.ts';
import type { Page } from '../page.ts';
import { TASK_ID } from '../reader-task.ts';
import { accountOf } from './account.ts';
import { atAGlance } from './at-a-glance.ts';
import { forgetSection } from './forget-section.ts';
import type { Forgetter, Wish } from './forgetter.ts';
import { habits } from './habits.ts';
import { likes } from './likes.ts';
import { opened } from './opened.ts';
import { isRemembered, recall } from './remembered.ts';
import type { MemorySection } from './section.ts';

export interface MemoryDialogParts {
  readonly tendril: Tendril;
  readonly page: Page;
  readonly forgetter: Forgetter;
  readonly onWhy: (entry: Entry) => void;
  readonly now: () => Date;
}

/** "What your reader knows": everything that is remembered, in sections, and forgetting. */
export class MemoryDialog {
  readonly #parts: MemoryDialogParts;
  readonly #dialog = byId('memory', HTMLDialogElement);
  readonly #result = byId('memory-result', HTMLElement);
  readonly #sections: readonly MemorySection[];

  constructor(parts: MemoryDialogParts) {
    this.#parts = parts;
    this.#sections = this.#createSections();
    byId('memory-sections', HTMLElement).append(...this.#sections.map(({ element }) => element));
    prepareDrawer(this.#dialog);
  }

  async open(): Promise<void> {
    this.#result.replaceChildren();
    this.#dialog.showModal();
    await this.refresh();
  }

  /** Shows what is remembered by now, where anybody sees it. */
  async refresh(): Promise<void> {
    if (!this.#dialog.open) return;
    const recalled = await recall(this.#parts.tendril);
    if (!isRemembered(recalled)) {
      this.#tell(create('p', {}, `What is remembered cannot be read: ${recalled.message}`));
      return;
    }
    for (const section of this.#sections) section.show(recalled);
    const { missing } = recalled;
    if (missing) this.#tell(create('p', {}, `The newest notes are missing here: ${missing.message}`));
  }

  /** What the panel consists of, from the top; a new part is one more line here. */
  #createSections(): MemorySection[] {
    const { page, now, onWhy } = this.#parts;
    const entryName = (id: string): string => page.entryOf(id)?.name ?? id;
    const names = { topic: page.nameOfTopic, entry: entryName };
    return [
      atAGlance(now),
      likes(names),
      opened({
        now,
        onWhy: (id) => {
          const entry = page.entryOf(id);
          if (entry) onWhy(entry);
        },
        nameOf: entryName,
        onForget: (id) => void this.#forget({ kind: 'entry', id }),
        hasWhy: (id) => page.read.decisionOf(id) !== null,
      }),
      habits(names),
      forgetSection((wish) => void this.#forget(wish)),
    ];
  }

  async #forget(wish: Wish): Promise<void> {
    if (this.#dialog.ariaBusy === 'true') return;
    this.#dialog.ariaBusy = 'true';
    this.#tell(create('p', {}, 'Forgetting …'));
    const forgotten = await this.#parts.forgetter.forget(wish);
    const account = accountOf(forgotten, await this.#isPublished());
    await this.refresh();
    this.#tell(account);
    this.#dialog.ariaBusy = 'false';
    // The button that was pressed may be gone.
    this.#result.focus();
  }

  #tell(what: HTMLElement): void {
    this.#result.replaceChildren(what);
  }

  async #isPublished(): Promise<boolean> {
    const { worker } = await this.#parts.tendril.status();
    return (worker?.tasks[TASK_ID]?.model.modelVersion ?? null) !== null;
  }
}
