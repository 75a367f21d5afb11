import { create } from './dom.ts';

/** What lies behind the words, for whoever wants to see it. Written out when it is opened: it may be long. */
export function rawData(data: () => unknown, summary = 'For developers'): HTMLElement {
  const details = create('details', { class: 'raw' }, create('summary', {}, summary));
  details.addEventListener(
    'toggle',
    () => {
      const text = JSON.stringify(data(), null, 2);
      details.append(create('pre', { tabindex: '0', role: 'region', 'aria-label': 'Data' }, text));
    },
    { once: true },
  );
  return details;
}
