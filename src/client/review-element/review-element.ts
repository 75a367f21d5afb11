import type { AuditRecord, ReviewItem, ReviewSettled, WireResult } from '../../protocol/messages.ts';
import type { Review, ReviewCorrection, ReviewParts } from '../review.ts';
import { caseView, type CaseView, type Verdict } from './case-view.ts';
import { elementOf, labelled } from './element-of.ts';
import { reviewStyle } from './style.ts';
import { texts as defaultTexts, type Texts } from './texts.ts';

const NAME = 'tendril-review';

/** What the elements of the page speak to. */
let handle: { readonly review: Review; readonly watch: ReviewParts['watch'] } | null = null;
const connected = new Set<ReviewElement>();

export function defineReviewElement(review: Review, watch: ReviewParts['watch']): void {
  handle = { review, watch };
  if (!customElements.get(NAME)) customElements.define(NAME, ReviewElement);
  else for (const element of connected) element.connectedCallback();
}

/**
 * `<tendril-review task="comments">`: what waits of a task, one after the other. Attributes: `reviewer` (the name, where the page knows it), `grades`
 * (e.g. `bad fair good`: what each candidate of a ranking is worth, the worst first). Events: `tendril:reviewed`, its `detail` `{ reviewId, state }`.
 * Custom properties: `--tendril-review-background`, `-color`, `-muted`, `-border`, `-accent`, `-on-accent`, `-danger`, `-radius`, `-font`.
 */
class ReviewElement extends HTMLElement {
  static readonly observedAttributes = ['task', 'reviewer', 'grades'];
  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #name = elementOf('input', { type: 'text', autocomplete: 'name' });
  readonly #count = elementOf('span', { class: 'muted' });
  readonly #place = elementOf('div');
  readonly #problem = elementOf('p', { class: 'problem', id: 'problem', role: 'alert' });
  readonly #status = elementOf('p', { class: 'muted', role: 'status' });
  readonly #steps = elementOf('nav', { 'aria-labelledby': 'title' });
  readonly #trail = elementOf('ol');
  readonly #history = elementOf('details', { toggle: () => void this.#showTrail() });
  #texts: Texts = defaultTexts;
  #waiting: readonly ReviewItem[] = [];
  #shown: { readonly review: ReviewItem; readonly view: CaseView } | null = null;
  /** Where the one that is shown stands, or stood. */
  #at = 0;
  #stop: (() => void) | null = null;
  #busy = false;
  /** Whether the list could not be had the last time. */
  #failed = false;

  /** Instead of the English ones; any of them. */
  set texts(given: Partial<Texts>) {
    this.#texts = { ...defaultTexts, ...given };
    if (this.isConnected) this.#build();
  }

  connectedCallback(): void {
    connected.add(this);
    this.#root.adoptedStyleSheets = [reviewStyle()];
    this.#build();
    this.#stop?.();
    this.#stop = handle?.watch(({ taskId }) => void (taskId === this.#task && this.#load())) ?? null;
  }

  disconnectedCallback(): void {
    connected.delete(this);
    this.#stop?.();
  }

  attributeChangedCallback(name: string): void {
    if (name === 'reviewer') this.#name.value = this.getAttribute('reviewer') ?? '';
    else if (this.isConnected) this.#build();
  }

  get #task(): string {
    return this.getAttribute('task') ?? '';
  }

  #build(): void {
    const { title, previous, next, name, history } = this.#texts;
    const step = (label: string, by: number) =>
      elementOf('button', { type: 'button', click: () => this.#step(by) }, label);
    const heading = elementOf('h2', { id: 'title' }, title);
    this.#steps.replaceChildren(step(previous, -1), step(next, 1));
    const header = elementOf('header', {}, heading, this.#count, this.#steps);
    const own = elementOf('div', { class: 'name' }, labelled(name, this.#name));
    this.#history.replaceChildren(elementOf('summary', {}, history), this.#trail);
    const parts = [header, own, this.#place, this.#problem, this.#status, this.#history];
    this.#root.replaceChildren(elementOf('section', { class: 'root', 'aria-labelledby': 'title' }, ...parts));
    this.#shown = null;
    void this.#load();
  }

  /** What is being looked at stays as it is, with what was typed, as long as it waits. */
  async #load(): Promise<void> {
    const answer = await handle?.review.list(this.#task);
    if (!answer) return;
    // What the reviewer was told stays.
    if (!answer.ok) this.#problem.textContent = answer.error.message;
    else if (this.#failed) this.#problem.textContent = '';
    this.#failed = !answer.ok;
    this.#waiting = answer.ok ? answer.value : [];
    this.#count.textContent = this.#texts.waiting(this.#waiting.length);
    this.#steps.hidden = this.#waiting.length < 2;
    const at = this.#waiting.findIndex(({ reviewId }) => reviewId === this.#shown?.review.reviewId);
    if (at === -1) this.#show(Math.min(this.#at, this.#waiting.length - 1));
    else this.#stays(at);
    if (this.#history.open) await this.#showTrail();
  }

  #stays(index: number): void {
    this.#at = index;
    this.#shown?.view.heading.replaceChildren(this.#texts.place(index + 1, this.#waiting.length));
  }

  #show(index: number): void {
    this.#at = Math.max(0, index);
    const review = this.#waiting[index];
    if (!review) {
      this.#shown = null;
      this.#place.replaceChildren(elementOf('p', {}, this.#texts.nothing));
      return;
    }
    const grades = (this.getAttribute('grades') ?? '').split(' ').filter((grade) => grade !== '');
    const onVerdict = (verdict: Verdict) => void this.#settle(verdict);
    const options = { texts: this.#texts, grades, place: index + 1, count: this.#waiting.length, onVerdict };
    const view = caseView(review, options);
    this.#shown = { review, view };
    this.#place.replaceChildren(view.element);
  }

  /** Around, so that no button is ever without effect. */
  #step(by: number): void {
    const count = this.#waiting.length;
    if (count === 0) return;
    this.#show((this.#at + by + count) % count);
    this.#problem.textContent = '';
    this.#shown?.view.heading.focus();
  }

  async #settle(verdict: Verdict): Promise<void> {
    const shown = this.#shown;
    const said = shown && this.#said(verdict, shown.view);
    if (!said || this.#busy || !handle) return;
    this.#busy = true;
    const { reviewId } = shown.review;
    const answer = await handle.review[verdict](reviewId, said);
    this.#busy = false;
    await this.#told(reviewId, answer);
  }

  /** What the reviewer has said; null where something is missing, which the reviewer is told. */
  #said(verdict: Verdict, { choice, reason, text }: CaseView): (ReviewCorrection & { readonly reason: string }) | null {
    const reviewer = this.#name.value.trim();
    const given = { reviewer, reason: reason.value.trim() };
    const chosen = verdict === 'correct' ? choice?.read() : {};
    if (reviewer === '') this.#missing(this.#name, this.#texts.needsName);
    else if (verdict === 'reject' && given.reason === '') this.#missing(reason, this.#texts.needsReason);
    else if (!chosen) this.#missing(choice?.element.querySelector('input, select'), this.#texts.needsChoice);
    else return withoutEmpty({ ...given, text: text?.value.trim() ?? '', ...chosen });
    return null;
  }

  async #told(reviewId: string, answer: WireResult<ReviewSettled>): Promise<void> {
    if (answer.ok) {
      const { state } = answer.value;
      this.#shown = null;
      this.#problem.textContent = '';
      this.dispatchEvent(
        new CustomEvent('tendril:reviewed', { bubbles: true, composed: true, detail: { reviewId, state } }),
      );
      this.#status.textContent = this.#texts.settled[state];
    }
    // Also where it failed: somebody else may have settled it.
    await this.#load();
    if (!answer.ok) this.#problem.textContent = answer.error.message;
    (this.#shown?.view.heading ?? this.#name).focus();
  }

  #missing(field: HTMLElement | null | undefined, message: string): void {
    this.#problem.textContent = message;
    field?.setAttribute('aria-invalid', 'true');
    field?.setAttribute('aria-describedby', 'problem');
    const mend = () => {
      field?.removeAttribute('aria-invalid');
      this.#problem.textContent = '';
    };
    field?.addEventListener('input', mend, { once: true });
    field?.focus();
  }

  async #showTrail(): Promise<void> {
    const entries: AuditRecord[] = [];
    for (let after = 0; this.#history.open;) {
      const page = await handle?.review.audit(this.#task, after);
      const read = page?.ok ? page.value : [];
      entries.push(...read);
      const last = read.at(-1);
      if (!last) break;
      after = last.sequence;
    }
    const lines = entries.reverse().map(({ atMs, actor, action, subject }) => {
      const time = elementOf('time', { datetime: new Date(atMs).toISOString() }, new Date(atMs).toLocaleString());
      return elementOf('li', {}, time, ` ${actor}: ${action} (${subject.slice(0, 20)})`);
    });
    this.#trail.replaceChildren(...lines);
  }
}

/** What was left empty was not said. The reason of a rejection is there: it was asked for. */
function withoutEmpty<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')) as T;
}
