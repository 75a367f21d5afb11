import { create } from '../dom.ts';
import type { Remembered } from './remembered.ts';

/** One part of "What your reader knows". */
export interface MemorySection {
  readonly element: HTMLElement;
  /** Shows what is remembered by now. */
  show(remembered: Remembered): void;
}

/** A heading, and what `fill` makes below it each time. */
export function section(
  id: string,
  title: string,
  fill: (remembered: Remembered) => readonly (Node | string)[],
): MemorySection {
  const body = create('div', { class: 'section-body' });
  const headingId = `memory-${id}`;
  const element = create(
    'section',
    { class: 'section', 'data-section': id, 'aria-labelledby': headingId },
    create('h3', { id: headingId }, title),
    body,
  );
  return { element, show: (remembered) => body.replaceChildren(...fill(remembered)) };
}
