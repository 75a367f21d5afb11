import type { Features, Ranking, Tendril } from 'tendril';

import type { Provenance } from './detail-dialog.ts';
import { byId } from './dom.ts';
import type { Entry } from './entry.ts';
import type { Page } from './page.ts';
import { pageState } from './page-state.ts';
import { candidateOf, contextOf, TASK_ID } from './reader-task.ts';
import { TOP, topicShares } from './topic-share.ts';
import type { ShownAs } from './why/shown-as.ts';
import { percent } from './words.ts';

/** The list is on the page already when a new order is asked for, so there is no hurry: better a late answer than none. */
const PATIENT_DEADLINE_MS = 3000;

/** Signs of someone who has begun to read. Not `scroll`: the browser scrolls by itself when it restores a page. */
const TOUCHING = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

export interface ReaderParts {
  readonly tendril: Tendril;
  readonly page: Page;
  readonly now: () => Date;
  readonly isNarrow: () => boolean;
}

/** Ties the page to Tendril: opening an entry is the feedback, and closing it is the moment for a new order. */
export class Reader {
  readonly #tendril: Tendril;
  readonly #page: Page;
  readonly #now: () => Date;
  readonly #context: () => Features;
  #ranking: Ranking | null = null;
  #untouched = true;
  #hasNews = false;

  constructor({ tendril, page, now, isNarrow }: ReaderParts) {
    this.#tendril = tendril;
    this.#page = page;
    this.#now = now;
    this.#context = () => contextOf(now(), isNarrow());
  }

  async start(): Promise<void> {
    this.#page.onOpen((entry) => this.#open(entry));
    this.#page.dialog.onClose(() => void this.#afterClosing());
    for (const type of TOUCHING) addEventListener(type, () => (this.#untouched = false), { once: true, passive: true });
    this.#showRead();
    this.#tendril.on('learned', ({ model }) => {
      pageState.learned(model.learnedTo);
      void this.showStatus();
    });
    this.#tendril.on('backend', () => void this.showStatus());
    this.#tendril.on('error', () => void this.showStatus());
    await this.#firstOrder();
  }

  async #firstOrder(): Promise<void> {
    // The page's own order is a decision as well, so that what is opened before the model is ready counts too.
    const shown = this.#page.list.shown.map(candidateOf);
    const ownOrder = this.#tendril.rank(TASK_ID, { context: this.#context(), candidates: shown, deadlineMs: 0 });
    const given = this.#giveCandidates();
    this.#decidedBy(await ownOrder);
    const ready = (await this.#tendril.ready) && (await given);
    pageState.serving(ready ? 'ready' : 'unavailable');
    await this.showStatus();
    // Nothing moves under the finger of someone who has begun to read: their first model order comes after the next entry.
    if (ready && this.#untouched) await this.newOrder();
  }

  #decidedBy(ranking: Ranking): void {
    this.#ranking = ranking;
    this.#page.list.setDecision(ranking.decisionId);
  }

  #open(entry: Entry): void {
    const { read } = this.#page;
    this.#untouched = false;
    this.#show(entry);
    if (read.has(entry.id) || this.#ranking === null) return;
    const { decisionId } = this.#ranking;
    read.add({ id: entry.id, atMs: this.#now().getTime(), decisionId });
    this.#hasNews = true;
    // Said on the spot, whether the capture has begun or not; the click that it sees is known to be the same. By its name it can be forgotten.
    void this.#tendril.feedback({ decisionId, item: entry.id, signals: { click: 1 } }).then((result) => {
      if (result.acknowledged) pageState.acknowledged();
      else pageState.refused(result.error.code);
    });
  }

  async newOrder(): Promise<void> {
    const { list } = this.#page;
    const before = list.order.slice(0, TOP);
    const ranking = await this.#tendril.rank(TASK_ID, { context: this.#context(), deadlineMs: PATIENT_DEADLINE_MS });
    this.#decidedBy(ranking);
    this.#showOrder(ranking.order.flatMap(({ id }) => this.#page.entryOf(id) ?? []));
    const changed = list.order.slice(0, TOP).filter((entry) => !before.includes(entry)).length;
    this.#describe(ranking, changed);
    pageState.ordered(ranking.source);
    await this.showStatus();
  }

  async showStatus(): Promise<void> {
    this.#page.panel.showStatus(await this.#tendril.status());
  }

  /** What is remembered, and what was opened, has become less. */
  async afterForgetting(): Promise<void> {
    this.#showRead();
    await this.#giveCandidates();
    await this.newOrder();
  }

  /** How an entry came to where it is, or was when it was opened; null where nothing has decided it. */
  shownAs({ id }: Entry): ShownAs | null {
    const openedBy = this.#page.read.decisionOf(id);
    const ranking = this.#ranking;
    const place = ranking?.order.findIndex((ranked) => ranked.id === id) ?? -1;
    const ranked = ranking?.order[place];
    if (!ranking || !ranked || (openedBy !== null && openedBy !== ranking.decisionId))
      return openedBy === null ? null : { decisionId: openedBy, opened: true, present: null };
    const { decisionId, order } = ranking;
    return { decisionId, opened: openedBy !== null, present: { place, among: order.length, ...ranked } };
  }

  #show(entry: Entry): void {
    this.#page.dialog.show(entry, this.#provenanceOf(entry));
  }

  #provenanceOf(entry: Entry): Provenance {
    const shown = this.shownAs(entry);
    const score = this.#ranking?.source === 'model' ? shown?.present?.score : undefined;
    const why =
      score === undefined ? null : `Your reader gave it a chance of ${percent(score)} that you want to open it.`;
    return { why, decisionId: shown?.decisionId ?? null };
  }

  async #afterClosing(): Promise<void> {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    this.#showRead();
    await this.#giveCandidates();
    await this.newOrder();
  }

  /** What was opened is no candidate any more: seeing it passed over would teach the model the opposite of what happened. */
  #giveCandidates(): Promise<boolean> {
    return this.#tendril.setCandidates(TASK_ID, this.#unread().map(candidateOf));
  }

  #showOrder(order: readonly Entry[]): void {
    const { list, panel, entries } = this.#page;
    list.setOrder(order);
    panel.showShares(topicShares(entries, order));
  }

  #describe(ranking: Ranking, changed: number): void {
    const byModel = ranking.source === 'model';
    byId('list-title', HTMLElement).textContent = byModel ? 'In your order' : 'Newest first';
    const news = changed === 0 ? 'the first ten stay' : `${changed} new in the first ten`;
    const count = ranking.order.length.toLocaleString('en');
    byId('list-note', HTMLElement).textContent = byModel ? `${count} to read, ${news}` : `${count} to read`;
  }

  #unread(): Entry[] {
    return this.#page.entries.filter((entry) => !this.#page.read.has(entry.id));
  }

  #showRead(): void {
    const { entries, panel, read } = this.#page;
    panel.showRead(
      entries.filter(({ id }) => read.has(id)),
      (entry) => this.#show(entry),
    );
  }
}
