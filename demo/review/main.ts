import { createTendril } from 'tendril';
import { byId, create } from '../dom.ts';
import { Desk } from './desk.ts';
import { examples } from './examples/all.ts';
import { History } from './history.ts';

const MANY = 30;
/** Cases that are shown one by one. */
const SHOWN = 240;

const tendril = createTendril({
  tasks: examples.map(({ task }) => task),
  namespace: 'tendril-people-in-the-loop',
  deadlineMs: 5_000,
});
const desks = examples.map((example) => new Desk(example, tendril));
const buttons = ['next', 'many', 'answer', 'over'].map((id) => byId(id, HTMLButtonElement));
const [next, many, answer, over] = buttons as [
  HTMLButtonElement,
  HTMLButtonElement,
  HTMLButtonElement,
  HTMLButtonElement,
];
const tabs = desks.map(({ example }, index) => {
  const tab = create(
    'button',
    { type: 'button', role: 'tab', id: `tab-${example.id}`, 'aria-controls': 'panel' },
    example.title,
  );
  tab.addEventListener('click', () => show(index));
  tab.addEventListener('keydown', (event) => moveFocus(event, index));
  return tab;
});
let current = desks[0]!;

/** As the tabs pattern of the ARIA Authoring Practices has it. */
function moveFocus(event: KeyboardEvent, index: number): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const to = (index + step + tabs.length) % tabs.length;
  show(to);
  tabs[to]?.focus();
}

function show(index: number): void {
  current = desks[index] ?? current;
  const { example } = current;
  tabs.forEach((tab, at) => {
    tab.setAttribute('aria-selected', String(at === index));
    tab.tabIndex = at === index ? 0 : -1;
  });
  byId('panel', HTMLElement).setAttribute('aria-labelledby', `tab-${example.id}`);
  byId('lead', HTMLElement).textContent = example.lead;
  const queue = create('tendril-review' as 'section', { task: example.task.id, grades: example.grades.join(' ') });
  byId('queue', HTMLElement).replaceChildren(queue);
  say('');
  draw();
}

function draw(): void {
  const { history } = current;
  const { outcomes } = history;
  byId('cases', HTMLElement).textContent = String(outcomes.length);
  byId('first', HTMLElement).textContent = percent(History.leftToPeople(outcomes.slice(0, MANY)));
  byId('last', HTMLElement).textContent = percent(History.leftToPeople(outcomes.slice(-MANY)));
  byId('right', HTMLElement).textContent = percent(history.right);
  const cells = outcomes.slice(-SHOWN).map((outcome) => create('span', { class: `cell ${outcome}` }));
  byId('strip', HTMLElement).replaceChildren(...cells);
  document.documentElement.dataset['cases'] = String(outcomes.length);
}

function percent(share: number | null): string {
  return share === null ? '–' : share.toLocaleString('en', { style: 'percent' });
}

function say(text: string): void {
  byId('said', HTMLElement).textContent = text;
}

/** One thing at a time. */
async function during(work: () => Promise<string>): Promise<void> {
  for (const button of buttons) button.disabled = true;
  say(await work());
  for (const button of buttons) button.disabled = false;
  draw();
}

async function runMany(): Promise<string> {
  const desk = current;
  for (let count = 1; count <= MANY; count++) {
    await desk.next();
    await desk.answer();
    if (desk !== current) break;
    draw();
    say(`${count} of ${MANY}`);
  }
  return 'The reviewer has answered what the model left, and a few of the others.';
}

async function startOver(): Promise<string> {
  for (const { history } of desks) history.clear();
  const erased = await tendril.privacy.erase();
  return erased.ok ? 'Everything is as at first.' : erased.error.message;
}

next.addEventListener('click', () => void during(() => current.next()));
many.addEventListener('click', () => void during(runMany));
answer.addEventListener('click', () => void during(async () => `${await current.answer()} answered.`));
over.addEventListener('click', () => void during(startOver));
byId('tabs', HTMLElement).append(...tabs);
show(0);
say('Starting');
await tendril.review.define();
say((await tendril.ready) ? '' : 'The model could not be started: every case is yours.');
