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
const GROUPS: readonly string[] = ['fieldset', 'form'];
const BUTTONS: readonly string[] = ['button', 'submit', 'image', 'reset'];

/** The marked control that something in it, or its label, belongs to. */
export function controlOf(target: Element): HTMLElement | null {
  const control = closestAcross(target, CONTROL);
  if (control) return control;
  const field = target.closest('label')?.control;
  return field ? closestAcross(field, CONTROL) : null;
}

/** Whether it says something when it changes, rather than when it is pressed. */
export function isField(element: Element): boolean {
  return isSelect(element) || (isInput(element) && !BUTTONS.includes(element.type));
}

/** Whether pressing `target` says nothing yet: it belongs to a field, or to no more than the space between the fields of a group. */
export function isBesideFields(target: Element, control: Element): boolean {
  if (GROUPS.includes(control.localName) || isField(control)) return true;
  const field = target.closest('label')?.control ?? target.closest('select, input');
  return field !== null && isField(field) && control.contains(field);
}

/**
 * @param field of a group (radio buttons in a fieldset), the one that was chosen
 * @returns null where it says nothing that can be used
 */
export function saidBy(control: HTMLElement, field: HTMLElement = control): Said | null {
  const { tendrilSignal: type = '' } = control.dataset;
  const chosen = isSelect(field) ? field.selectedOptions[0] : field;
  const instead = chosen?.dataset.tendrilInstead ?? control.dataset.tendrilInstead;
  const value = valueOf(field);
  if (!NAME.test(type) || value === null) return null;
  return { control, type, value, ...(instead && { instead }) };
}

function valueOf(control: HTMLElement): number | null {
  if (isSelect(control)) return valueOfOption(control.selectedOptions[0]);
  if (isInput(control) && isField(control)) return valueOfInput(control);
  const { tendrilValue } = control.dataset;
  return tendrilValue === undefined ? 1 : numberIn(tendrilValue);
}

function valueOfOption(option: HTMLOptionElement | undefined): number | null {
  if (!option) return null;
  const { tendrilValue, tendrilInstead } = option.dataset;
  return numberIn(tendrilValue ?? option.value) ?? (tendrilInstead ? 1 : null);
}

function valueOfInput(input: HTMLInputElement): number | null {
  const { tendrilValue } = input.dataset;
  if (NUMBERS.includes(input.type)) return numberIn(input.value);
  if (!CHOICES.includes(input.type) || !input.checked) return null;
  return numberIn(tendrilValue ?? input.value) ?? (tendrilValue === undefined ? 1 : null);
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
