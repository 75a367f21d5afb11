/** What a signal is about, as the markup says. */
export interface Subject {
  readonly decisionId?: string;
  readonly taskId?: string;
  readonly item?: string;
  /** The decision or task, and the item, as one text: equal for equal subjects. */
  readonly place: string;
}

export const ITEM = '[data-tendril-item]';
const HOLDER = '[data-tendril-decision], [data-tendril-list]';
const TASK = '[data-tendril-task], [data-tendril-list]';
/** A change of one of these changes what the items below are about. */
export const subjectAttributes = [
  'data-tendril-item',
  'data-tendril-decision',
  'data-tendril-list',
  'data-tendril-task',
  'data-tendril-dwell',
];

export const nowhere: Subject = { place: '' };

/** The nearest element that matches, from `start` itself on outwards, out of open shadow roots too. */
export function closestAcross(start: Element | null, selector: string): HTMLElement | null {
  let element = start;
  while (element) {
    const found = element.closest<HTMLElement>(selector);
    if (found) return found;
    element = hostOf(element);
  }
  return null;
}

/** The element whose shadow root holds `node`; null where none does. */
export function hostOf(node: Node): Element | null {
  return (node.getRootNode() as Partial<ShadowRoot>).host ?? null;
}

/** What an event happened to, inside open shadow roots too; null where it is no element. */
export function targetOf(event: Event): Element | null {
  const [target] = event.composedPath();
  return isElement(target) ? target : null;
}

export function isElement(target: unknown): target is Element {
  return (target as Partial<Node> | undefined)?.nodeType === 1;
}

/** Where `element` (an item, a control, anything inside one) belongs. A list whose decision is not known yet hides those around it. */
export function subjectOf(element: Element): Subject {
  const holder = closestAcross(element, HOLDER);
  const around = closestAcross(element, ITEM);
  // A list inside an item is not about that item.
  const isOutside = around !== null && around !== holder && around.contains(holder);
  const item = isOutside ? undefined : around?.dataset.tendrilItem;
  const place = placeOf({ decisionId: holder?.dataset.tendrilDecision, taskId: taskOf(element), item });
  return item ? { ...place, item } : place;
}

/** @returns the subject's decision or task, and the text for all of it */
export function placeOf({ decisionId, taskId, item = '' }: Names): Subject {
  const task = taskId ? { taskId } : {};
  if (decisionId) return { decisionId, ...task, place: `decision ${decisionId} ${item}` };
  return taskId ? { taskId, place: `task ${taskId} ${item}` } : { place: item && `item ${item}` };
}

interface Names {
  readonly decisionId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly item?: string | undefined;
}

function taskOf(element: Element): string | undefined {
  const holder = closestAcross(element, TASK)?.dataset;
  return holder?.tendrilTask || holder?.tendrilList;
}

/** The list as a whole. */
export function withoutItem({ decisionId, taskId }: Names): Subject {
  return placeOf({ decisionId, taskId });
}

/** Whether the item belongs to something to choose from: a list whose decision may not be known yet. */
export function isListed(item: Element): boolean {
  const holder = closestAcross(item, `${HOLDER}, ${TASK}`);
  return holder !== null && (holder !== item || item.matches(HOLDER));
}
