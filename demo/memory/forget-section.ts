import { create } from '../dom.ts';
import { signalChoices } from '../signal-words.ts';
import type { Wish } from './forgetter.ts';
import type { MemorySection } from './section.ts';

/** Forgetting what is no single entry: today, or one kind of thing. */
export function forgetSection(onForget: (wish: Wish) => void): MemorySection {
  const today = create('button', { class: 'button', type: 'button' }, 'Forget today');
  today.addEventListener('click', () => onForget({ kind: 'today' }));
  const select = create(
    'select',
    { id: 'forget-kind' },
    ...signalChoices.map(({ id, label }) => create('option', { value: id }, label)),
  );
  const kind = create('button', { class: 'button', type: 'button' }, 'Forget this');
  kind.addEventListener('click', () => {
    const choice = signalChoices.find(({ id }) => id === select.value);
    if (choice) onForget({ kind: 'signals', choice });
  });
  const element = create(
    'section',
    { class: 'section', 'data-section': 'forget', 'aria-labelledby': 'memory-forget' },
    create('h3', { id: 'memory-forget' }, 'Forget'),
    create(
      'p',
      {},
      'What is forgotten is deleted, and your reader learns again without it. A single entry can be forgotten above.',
    ),
    create('div', { class: 'actions' }, today),
    create(
      'div',
      { class: 'forget-kind' },
      create('label', { for: 'forget-kind' }, 'Or of all days'),
      create('div', { class: 'actions' }, select, kind),
    ),
  );
  return { element, show: () => undefined };
}
