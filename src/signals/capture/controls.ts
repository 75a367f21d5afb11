import { closestAcross } from './subject.ts';

/** What a control of the page says when it is used. */
export interface Said {
  readonly control: HTMLElement;
  readonly type: string;
  readonly value: number;
  readonly instead?: string;
}

const CONTROL = '[data-tendril-signal]';
const NAME = /^[a-z][a-z0-9-]{0,49}$/;
/** Their value is a number that was chosen; what is written into any other field is never read. */
const NUMBERS: readonly string[] = ['number', 'range'];
const CHOICES: readonly string[] = ['radio', 'checkbox'];
const BUTTONS: readonly string[] = ['button', 'submit', 'image', 'reset'];

/** The marked control that something in it, or its label, belongs to. */
export function controlOf(target: Element): HTMLElement | null {
  const control = closestAcross(target, CONTROL);
  if (control) return control;
  const field = target.closest('label')?.control;
  return field ? closestAcross(field, CONTROL) : null;
}

/** Whether it says something when it changes, rather than when it is pressed. */
export function isField(control: Element): boolean {
  return isSelect(control) || (isInput(control) && !BUTTONS.includes(control.type));
}

/** @returns null where it says nothing that can be used */
export function saidBy(control: HTMLElement): Said | null {
  const { tendrilSignal: type = '', tendrilInstead: instead } = control.dataset;
  const value = valueOf(control);
  if (!NAME.test(type) || value === null || !Number.isFinite(value)) return null;
  return { control, type, value, ...(instead && { instead }) };
}

function valueOf(control: HTMLElement): number | null {
  const { tendrilValue } = control.dataset;
  if (isSelect(control)) return numberIn(control.value);
  if (isInput(control) && NUMBERS.includes(control.type)) return numberIn(control.value);
  if (isInput(control) && CHOICES.includes(control.type)) {
    if (!control.checked) return null;
    return numberIn(tendrilValue ?? control.value) ?? (tendrilValue === undefined ? 1 : null);
  }
  if (isField(control)) return null;
  return tendrilValue === undefined ? 1 : numberIn(tendrilValue);
}

function numberIn(text: string): number | null {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function isInput(element: Element): element is HTMLInputElement {
  return element.localName === 'input';
}

function isSelect(element: Element): element is HTMLSelectElement {
  return element.localName === 'select';
}
