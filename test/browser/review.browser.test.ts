import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { page as browserPage, userEvent } from 'vitest/browser';
import { Tendril } from '../../src/client/tendril.ts';
import { resolveOptions } from '../../src/client/options.ts';
import type { ClassificationTask, RankingTask, RegressionTask } from '../../src/core/task.ts';
import type { ReviewItem } from '../../src/protocol/messages.ts';
import { valueOf } from '../support/browser-worker.ts';
import { sourceParts } from '../support/lazy-parts.ts';

const comments: ClassificationTask = {
  id: 'comments',
  kind: 'classification',
  schema: { input: { text: 'text', tags: 'multi-hot', vector: { type: 'embedding', size: 3 } } },
  classes: ['ok', 'spam'],
  review: {},
};
const results: RankingTask = {
  id: 'results',
  kind: 'ranking',
  schema: { context: { query: 'text' }, candidate: { title: 'text' } },
  comparison: { share: 0 },
  review: {},
};
const minutes: RegressionTask = {
  id: 'minutes',
  kind: 'regression',
  schema: { input: { words: 'numeric' } },
  review: { maxWidth: 1 },
};
const candidates = ['a', 'b', 'c'].map((id) => ({ id, features: { title: `title of ${id}` } }));

let namespace = '';
let tendril: Tendril;
let worker: Worker;

beforeEach(async ({ task: { id } }) => {
  namespace = `review-${id}`;
  localStorage.clear();
  document.body.replaceChildren();
  const options = {
    tasks: [comments, results, minutes],
    namespace,
    backends: ['cpu'] as const,
  };
  worker = new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' });
  tendril = new Tendril(resolveOptions({ ...options, deadlineMs: 60_000 }, location.href), () => worker, sourceParts);
  await tendril.ready;
});
afterEach(() => {
  tendril.dispose();
  worker.terminate();
});

const classify = (text: string) => tendril.classify('comments', { text, tags: ['a', 'b'], vector: [1, 2, 3] });
const waiting = async (taskId: string) => valueOf(await tendril.review.list(taskId));
const opened = (taskId: string, count: number) => expect.poll(async () => (await waiting(taskId)).length).toBe(count);

describe('the page', () => {
  test('is told why the model abstains, and has its own answer', async () => {
    const { decisionId, ...answer } = await classify('x');
    expect(answer).toEqual({
      source: 'host',
      label: null,
      probabilities: {},
      model: null,
      error: null,
      abstained: { reason: 'confidence', reviewId: decisionId },
    });
    const ranking = await tendril.rank('results', { context: { query: 'q' }, candidates });
    expect(ranking).toMatchObject({ source: 'host', error: null, abstained: { reviewId: ranking.decisionId } });
    expect(ranking.order).toEqual(candidates.map(({ id }) => ({ id, score: 0, propensity: 1 })));
    expect(await tendril.predict('minutes', { words: 1 })).toMatchObject({
      source: 'host',
      value: null,
      lower: null,
      upper: null,
      error: null,
      abstained: { reason: 'confidence' },
    });
    expect(await tendril.rank('unknown', { candidates })).toMatchObject({
      abstained: null,
      error: { code: 'UNKNOWN_TASK' },
    });
  });

  test('is told when something waits, and settles it', async () => {
    const events: unknown[] = [];
    const stop = tendril.on('review', (event) => events.push(event));
    const { decisionId } = await classify('x');
    await opened('comments', 1);
    expect(events).toEqual([{ type: 'review', taskId: 'comments', reviewId: decisionId, waiting: 1 }]);
    const settled = await tendril.review.correct(decisionId, { reviewer: 'Ann', reason: 'ad', label: 'spam' });
    expect(settled).toEqual({ ok: true, value: { state: 'corrected', position: 1 } });
    expect(valueOf(await tendril.review.list('comments', 'corrected'))[0]?.outcome).toMatchObject({ label: 'spam' });
    expect(valueOf(await tendril.review.audit('comments')).map(({ action }) => action)).toEqual([
      'opened',
      'corrected',
    ]);
    expect(await tendril.review.reject(decisionId, { reviewer: 'Ann', reason: 'no' })).toMatchObject({ ok: false });
    expect(await tendril.review.approve('promotion:none', { reviewer: 'Ann' })).toMatchObject({ ok: false });
    expect(await tendril.review.share('comments', true)).toMatchObject({ error: { code: 'INVALID_CONFIG' } });
    stop();
  });

  test('hears of what happens in another tab', async () => {
    const other = new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' });
    const options = { tasks: [comments], namespace, backends: ['cpu'] as const };
    const tab = new Tendril(resolveOptions(options, location.href), () => other, sourceParts);
    await tab.ready;
    const heard: unknown[] = [];
    tab.on('review', (event) => heard.push(event));
    const { decisionId } = await classify('x');
    await expect.poll(() => heard).toEqual([{ type: 'review', taskId: 'comments', reviewId: null, waiting: 1 }]);
    expect(valueOf(await tab.review.list('comments'))).toMatchObject([{ reviewId: decisionId, input: { text: 'x' } }]);
    valueOf(await tab.review.correct(decisionId, { reviewer: 'Ann', label: 'spam' }));
    expect(await waiting('comments')).toEqual([]);
    expect(await tendril.review.accept(decisionId, { reviewer: 'Bob' })).toMatchObject({ ok: false });
    tab.dispose();
    other.terminate();
  });

  test('is told where the part cannot be loaded', async () => {
    const parts = { ...sourceParts, review: () => Promise.reject(new Error('no such file')) };
    const options = { tasks: [comments], namespace, backends: ['cpu'] as const };
    const page = new Tendril(resolveOptions(options, location.href), () => worker, parts);
    expect(await page.review.list('comments')).toMatchObject({ ok: false, error: { code: 'WORKER_UNAVAILABLE' } });
    page.dispose();
  });

  test('can await the handle like anything else', async () => {
    expect(await Promise.resolve(tendril.review)).toBe(tendril.review);
  });
});

interface Element {
  readonly host: HTMLElement;
  readonly shadow: ShadowRoot;
  readonly button: (name: string) => HTMLButtonElement;
  readonly name: HTMLInputElement;
}

async function element(attributes: Readonly<Record<string, string>>): Promise<Element> {
  const host = document.createElement('tendril-review');
  for (const [name, value] of Object.entries(attributes)) host.setAttribute(name, value);
  document.body.append(host);
  valueOf(await tendril.review.define());
  const shadow = host.shadowRoot!;
  const button = (name: string) =>
    [...shadow.querySelectorAll('button')].find(({ textContent }) => textContent === name)!;
  return { host, shadow, button, name: shadow.querySelector('input')! };
}

const shown = ({ shadow }: Element, text: string) => expect.poll(() => shadow.textContent).toContain(text);

describe('<tendril-review>', () => {
  test('shows what waits as text, whatever it looks like', async () => {
    await classify('<img src=x onerror="document.title = 1"><b>bold</b>');
    await opened('comments', 1);
    const view = await element({ task: 'comments' });
    await shown(view, 'Review 1 of 1');
    expect(view.shadow.textContent).toContain('<b>bold</b>');
    expect(view.shadow.querySelector('b, img')).toBeNull();
    expect(view.shadow.querySelector('[style]')).toBeNull();
    expect(view.shadow.querySelector('style')).toBeNull();
    expect([...view.shadow.querySelectorAll('dd')].map(({ textContent }) => textContent)).toEqual([
      '<img src=x onerror="document.title = 1"><b>bold</b>',
      'a, b',
      '3 numbers',
    ]);
  });

  test('is used by the keyboard alone', async () => {
    await classify('first');
    await classify('second');
    await opened('comments', 2);
    const view = await element({ task: 'comments' });
    const reviewed: unknown[] = [];
    view.host.addEventListener('tendril:reviewed', (event) => reviewed.push((event as CustomEvent).detail));
    await shown(view, 'Review 1 of 2');
    view.name.focus();
    await userEvent.keyboard('Ann{Tab}{ArrowDown}{Tab}{Tab}because{Tab}{Tab}{Enter}');
    await shown(view, 'Corrected.');
    await shown(view, 'Review 1 of 1');
    expect(view.shadow.activeElement?.textContent, 'the focus is at the next one').toBe('Review 1 of 1');
    expect(view.shadow.querySelector('[role=status]')?.textContent).toBe('Corrected.');
    const [closed] = valueOf(await tendril.review.list('comments', 'corrected')) as [ReviewItem];
    expect(closed.outcome).toMatchObject({ reviewer: 'Ann', reason: 'because', label: 'spam' });
    expect(reviewed).toEqual([{ reviewId: closed.reviewId, state: 'corrected' }]);
  });

  test('asks for what is missing, and says so', async () => {
    await classify('first');
    await opened('comments', 1);
    const view = await element({ task: 'comments' });
    await shown(view, 'Review 1 of 1');
    const alert = () => view.shadow.querySelector('[role=alert]')?.textContent;
    const focused = () => view.shadow.activeElement as HTMLElement;
    view.button('Accept').click();
    expect(alert()).toContain('name');
    expect(focused()).toBe(view.name);
    expect(view.name.getAttribute('aria-invalid')).toBe('true');
    expect(view.name.getAttribute('aria-describedby')).toBe('problem');
    await userEvent.keyboard('Ann');
    expect(alert()).toBe('');
    expect(view.name.hasAttribute('aria-invalid')).toBe(false);
    view.button('Reject').click();
    expect(alert()).toContain('reason');
    expect(focused().tagName).toBe('TEXTAREA');
    view.button('Correct').click();
    expect(alert()).toContain('right');
    expect(focused().getAttribute('type')).toBe('radio');
    expect(await waiting('comments')).toHaveLength(1);
  });

  test('keeps what is being typed when more comes, and moves on when it is settled elsewhere', async () => {
    const { decisionId } = await classify('first');
    await opened('comments', 1);
    const view = await element({ task: 'comments', reviewer: 'Ann' });
    await shown(view, 'Review 1 of 1');
    const reason = view.shadow.querySelector('textarea')!;
    reason.value = 'because';
    await classify('second');
    await shown(view, '2 wait');
    expect(view.shadow.querySelector('textarea')).toBe(reason);
    await tendril.review.accept(decisionId, { reviewer: 'Bob' });
    await shown(view, '1 waits');
    await shown(view, 'second');
    expect(view.shadow.querySelector('textarea')?.value).toBe('');
  });

  test('steps through what waits, around the end', async () => {
    for (const text of ['first', 'second', 'third']) await classify(text);
    await opened('comments', 3);
    const view = await element({ task: 'comments' });
    await shown(view, 'Review 1 of 3');
    view.button('Previous').click();
    expect(view.shadow.textContent).toContain('Review 3 of 3');
    expect(view.shadow.textContent).toContain('third');
    view.button('Next').click();
    view.button('Next').click();
    expect(view.shadow.activeElement?.textContent).toBe('Review 2 of 3');
  });

  test('takes the best candidate, what was sent instead, or grades', async () => {
    await tendril.rank('results', { context: { query: 'q' }, candidates });
    await tendril.rank('results', { context: { query: 'r' }, candidates });
    await opened('results', 2);
    const view = await element({ task: 'results', reviewer: 'Ann' });
    await shown(view, 'Which is best?');
    view.shadow.querySelector<HTMLInputElement>('input[value=b]')!.click();
    const [text] = view.shadow.querySelectorAll('textarea');
    text!.value = 'said otherwise';
    view.button('Correct').click();
    await shown(view, 'Review 1 of 1');
    view.host.setAttribute('grades', 'bad fair good');
    await shown(view, 'What is each worth?');
    const [first, , third] = view.shadow.querySelectorAll('select');
    first!.value = '1';
    third!.value = '2';
    view.button('Correct').click();
    await shown(view, 'Nothing waits');
    const outcomes = [
      ...valueOf(await tendril.review.list('results', 'corrected')),
      ...valueOf(await tendril.review.list('results', 'accepted')),
    ].map(({ outcome }) => outcome);
    expect(outcomes).toContainEqual(expect.objectContaining({ item: 'b', text: 'said otherwise' }));
    expect(outcomes).toContainEqual(expect.objectContaining({ grades: { a: 0.5, c: 1 } }));
  });

  test('takes a number', async () => {
    await tendril.predict('minutes', { words: 100 });
    await opened('minutes', 1);
    const view = await element({ task: 'minutes', reviewer: 'Ann' });
    await shown(view, 'The right number');
    view.shadow.querySelector<HTMLInputElement>('input[type=number]')!.value = '7.5';
    view.button('Correct').click();
    await shown(view, 'Nothing waits');
    expect(valueOf(await tendril.review.list('minutes', 'corrected'))[0]?.outcome).toMatchObject({ value: 7.5 });
  });

  test('says why nothing can be shown, and speaks another language', async () => {
    const view = await element({ task: 'unknown' });
    await shown(view, 'No task named "unknown"');
    Object.assign(view.host, { texts: { title: 'Prüfungen', nothing: 'Nichts zu prüfen.' } });
    await shown(view, 'Prüfungen');
    view.host.setAttribute('task', 'comments');
    await shown(view, 'Nichts zu prüfen.');
  });

  test('has the audit trail, newest first', async () => {
    const { decisionId } = await classify('first');
    await opened('comments', 1);
    await tendril.review.accept(decisionId, { reviewer: 'Ann' });
    const view = await element({ task: 'comments' });
    await shown(view, 'Nothing waits');
    view.shadow.querySelector('summary')!.click();
    await expect
      .poll(() =>
        [...view.shadow.querySelectorAll('li')].map(({ textContent }) => textContent.split(' ').slice(-3, -1)),
      )
      .toEqual([
        ['Ann:', 'accepted'],
        ['tendril:', 'opened'],
      ]);
  });

  test('is light or dark as the page says, and fits where it is', async () => {
    await tendril.rank('results', { context: { query: 'q' }, candidates });
    await opened('results', 1);
    await browserPage.viewport(900, 900);
    const view = await element({ task: 'results' });
    await shown(view, 'Which is best?');
    const background = () => getComputedStyle(view.shadow.querySelector('.root')!).backgroundColor;
    document.documentElement.style.colorScheme = 'light';
    view.host.style.colorScheme = 'light';
    const light = background();
    view.host.style.colorScheme = 'dark';
    expect(background()).not.toBe(light);
    view.host.style.setProperty('--tendril-review-background', 'rgb(1, 2, 3)');
    expect(background()).toBe('rgb(1, 2, 3)');
    const parts = view.shadow.querySelector('.parts')!;
    expect(getComputedStyle(parts).gridTemplateColumns.split(' ')).toHaveLength(2);
    await browserPage.viewport(340, 900);
    expect(getComputedStyle(parts).gridTemplateColumns.split(' ')).toHaveLength(1);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(340);
  });
});
