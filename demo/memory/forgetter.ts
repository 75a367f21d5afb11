import type { ForgetAccount, ForgetRequest, Tendril, WireError } from 'tendril';

import type { Page } from '../page.ts';
import type { Reader } from '../reader.ts';
import type { ReaderCapture } from '../reader-capture.ts';
import { TASK_ID } from '../reader-task.ts';
import type { SignalChoice } from '../signal-words.ts';
import { startOfDay } from '../words.ts';

/** What a visitor wants to be forgotten. */
export type Wish =
  | { readonly kind: 'entry'; readonly id: string }
  | { readonly kind: 'today' }
  | { readonly kind: 'signals'; readonly choice: SignalChoice };

/** What became of it: an account for each request that was made, and what went wrong after the last of them. */
export interface Forgotten {
  readonly accounts: readonly ForgetAccount[];
  readonly error: WireError | null;
}

export interface ForgetterParts {
  readonly tendril: Tendril;
  readonly page: Page;
  readonly reader: Reader;
  readonly capture: ReaderCapture;
  readonly now: () => Date;
}

/** Has Tendril forget, and the page with it: what was opened is remembered by the page, too. */
export class Forgetter {
  readonly #parts: ForgetterParts;

  constructor(parts: ForgetterParts) {
    this.#parts = parts;
  }

  async forget(wish: Wish): Promise<Forgotten> {
    const { capture, reader, page } = this.#parts;
    // It knows the decisions of this visit, and would go on telling about those that are forgotten; what lies open would be told of anew.
    capture.stop();
    page.dialog.close();
    const forgotten = await this.#ask(this.#requests(wish));
    if (forgotten.error === null) this.#forgetOpened(wish);
    await reader.afterForgetting();
    capture.start();
    return forgotten;
  }

  #requests(wish: Wish): ForgetRequest[] {
    switch (wish.kind) {
      case 'entry':
        return [{ taskId: TASK_ID, item: wish.id }];
      case 'today':
        return [{ taskId: TASK_ID, fromMs: this.#today() }];
      case 'signals':
        return wish.choice.types.map((signalType) => ({ taskId: TASK_ID, signalType }));
    }
  }

  async #ask(requests: readonly ForgetRequest[]): Promise<Forgotten> {
    const accounts: ForgetAccount[] = [];
    for (const request of requests) {
      const result = await this.#parts.tendril.memory.forget(request);
      if (!result.ok) return { accounts, error: result.error };
      accounts.push(result.value);
    }
    return { accounts, error: null };
  }

  #forgetOpened(wish: Wish): void {
    const { read } = this.#parts.page;
    if (wish.kind === 'entry') read.forget(wish.id);
    else if (wish.kind === 'today') read.forgetSince(this.#today());
    else if (wish.choice.types.includes('click')) read.forgetAll();
  }

  #today(): number {
    return startOfDay(this.#parts.now()).getTime();
  }
}
