import type { BounceWatch } from './bounce.ts';
import { controlOf, isBesideFields, isField, saidBy } from './controls.ts';
import type { ItemWatcher } from './item-watcher.ts';
import type { Happening } from './recorder.ts';
import { closestAcross, isListed, ITEM, subjectOf, targetOf } from './subject.ts';

interface ActionParts {
  readonly items: Pick<ItemWatcher, 'visibleForMs'>;
  readonly bounce: BounceWatch;
  readonly nowMs: () => number;
  readonly record: (happening: Happening) => void;
  /** Called with what was pressed. */
  readonly onTarget: (target: Element) => void;
}

const GOAL = '[data-tendril-goal]';
const MIDDLE_BUTTON = 1;

/** What the visitor does with items and controls: clicks, words said on purpose, goals reached, copies. */
export class Actions {
  readonly #parts: ActionParts;
  readonly #reached = new Set<string>();

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  readonly clicked = (event: MouseEvent): void => {
    const target = targetOf(event);
    if (!target || (event.type === 'auxclick' && event.button !== MIDDLE_BUTTON)) return;
    this.#parts.onTarget(target);
    const goal = closestAcross(target, GOAL);
    if (goal && goal.localName !== 'form') this.#reach(goal, event.isTrusted);
    const control = controlOf(target);
    if (!control) this.#clickItem(target, event);
    else if (!isBesideFields(target, control)) this.#say(control, event.isTrusted);
  };

  /** Of fields. */
  readonly changed = (event: Event): void => {
    const target = targetOf(event);
    const control = target && controlOf(target);
    if (control && isField(target)) this.#say(control, event.isTrusted, target as HTMLElement);
  };

  readonly submitted = (event: Event): void => {
    const form = targetOf(event) as HTMLElement | null;
    if (form?.matches(GOAL)) this.#reach(form, event.isTrusted);
  };

  readonly copied = (event: Event): void => {
    const target = targetOf(event);
    const item = target && closestAcross(target, ITEM);
    if (!item?.dataset.tendrilItem) return;
    const visibleForMs = this.#parts.items.visibleForMs(item);
    this.#parts.record({ type: 'copy', subject: subjectOf(item), trusted: event.isTrusted, visibleForMs });
  };

  #clickItem(target: Element, { isTrusted }: Event): void {
    const item = closestAcross(target, ITEM);
    if (!item?.dataset.tendrilItem) return;
    const { items, bounce, nowMs, record } = this.#parts;
    const subject = subjectOf(item);
    record({ type: 'click', subject, trusted: isTrusted, visibleForMs: items.visibleForMs(item) });
    // Links inside an article lead elsewhere.
    if (isTrusted && isListed(item)) bounce.clicked(subject, nowMs());
  }

  #say(control: HTMLElement, trusted: boolean, field = control): void {
    const said = saidBy(control, field);
    if (!said) return;
    const { type, value, instead } = said;
    const visibleForMs = this.#parts.items.visibleForMs(closestAcross(control, ITEM));
    const subject = subjectOf(control);
    this.#parts.record({ type, subject, value, trusted, visibleForMs, ...(instead !== undefined && { instead }) });
  }

  /** Each goal once for what it is about. */
  #reach(goal: HTMLElement, trusted: boolean): void {
    const subject = subjectOf(goal);
    const name = `${goal.dataset.tendrilGoal ?? ''} ${subject.place}`;
    if (this.#reached.has(name)) return;
    this.#reached.add(name);
    this.#parts.record({ type: 'completion', subject, trusted });
  }
}
