import type { Ranking } from 'tendril';

/**
 * What happened, as `data-` attributes of the root element: for style sheets, and for anyone who waits for it.
 * `data-tendril`: starting, ready or unavailable. `data-orders`: orders shown so far, `data-order-source`: who made the last one.
 * `data-acknowledged`: openings that are stored for good, `data-refused`: why the last one was not. `data-learned`: log position learned up to.
 * `data-capturing`: present while what the visitor does is captured, `data-captured`: signals of this page that are stored.
 */
const { dataset } = document.documentElement;

export const pageState = {
  serving(state: 'starting' | 'ready' | 'unavailable'): void {
    dataset.tendril = state;
  },
  ordered(source: Ranking['source']): void {
    dataset.orderSource = source;
    dataset.orders = String(Number(dataset.orders ?? '0') + 1);
  },
  acknowledged(): void {
    dataset.acknowledged = String(Number(dataset.acknowledged ?? '0') + 1);
  },
  refused(code: string): void {
    dataset.refused = code;
  },
  learned(position: number): void {
    dataset.learned = String(position);
  },
  capturing(on: boolean): void {
    if (on) dataset.capturing = '';
    else delete dataset.capturing;
  },
  captured(signals: number): void {
    dataset.captured = String(Number(dataset.captured ?? '0') + signals);
  },
};
