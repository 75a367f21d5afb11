import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { Signal } from '../../src/core/signal.ts';
import { startCapture, type Capture } from '../../src/signals/capture/start-capture.ts';
import { HandTime, MemoryJournal, MemoryTab, settled } from '../unit/signals-fixture.ts';

let capture: Capture | null = null;

afterEach(() => {
  capture?.stop();
  capture = null;
  document.body.replaceChildren();
});

/** A page with a capture that has found everything in it. */
async function open(html: string) {
  document.body.innerHTML = html;
  return begin();
}

async function begin() {
  const time = new HandTime();
  const journal = new MemoryJournal();
  const delivered: Signal[] = [];
  const started = startCapture({
    root: document,
    clock: time,
    timers: time,
    pageId: 'page',
    journal,
    storage: new MemoryTab(),
    automated: false,
    vitals: null,
    deliver: async (batch) => {
      delivered.push(...batch);
      return true;
    },
  });
  capture = started;
  await seen(time);
  time.pass(200);
  const of = async (...types: string[]) => {
    await started.flush();
    return delivered.filter(({ type }) => types.includes(type));
  };
  return { time, journal, of };
}

/** All that is on the page is found, and has been looked at. */
async function seen(time: HandTime): Promise<void> {
  await settled();
  time.pass(0);
  for (let look = 0; look < 2; look++)
    await new Promise<void>((resolve) => {
      const observer = new IntersectionObserver(() => {
        observer.disconnect();
        setTimeout(resolve);
      });
      observer.observe(document.documentElement);
    });
}

function byId(id: string, root: Document | ShadowRoot = document): HTMLElement {
  const element = root.getElementById(id);
  if (!element) throw new Error(`there is no ${id}`);
  return element;
}

describe('what signals are about', () => {
  it('is the decision, its task and the item', async () => {
    const { of } = await open(
      '<div data-tendril-task="news" data-tendril-decision="d1"><button id="a" data-tendril-item="a">A</button></div>',
    );
    await userEvent.click(byId('a'));
    expect(await of('click')).toMatchObject([{ decisionId: 'd1', taskId: 'news', item: 'a' }]);
  });

  it('is the task and the item while no decision is known', async () => {
    const { time, of } = await open('<ul id="list" data-tendril-task="news"><li data-tendril-item="a">A</li></ul>');
    time.pass(1_000);
    const [impression] = await of('impression');
    expect(impression).toMatchObject({ taskId: 'news', item: 'a' });
    expect(impression).not.toHaveProperty('decisionId');
    byId('list').dataset.tendrilDecision = 'd1';
    await settled();
    time.pass(1_000);
    expect((await of('impression')).map(({ decisionId }) => decisionId)).toEqual([undefined, 'd1']);
  });
});

describe('a group of fields', () => {
  it('says the field that was chosen, and nothing for the space between', async () => {
    const { time, of } = await open(`<div data-tendril-decision="d1" data-tendril-item="a">
      <fieldset id="group" data-tendril-signal="stars" style="padding: 40px">
        <label id="two"><input type="radio" name="s" value="2">two</label>
        <label id="five"><input type="radio" name="s" value="5">five</label>
      </fieldset></div>`);
    await userEvent.click(byId('group'), { position: { x: 5, y: 20 } });
    time.pass(600);
    await userEvent.click(byId('two'));
    time.pass(600);
    await userEvent.click(byId('five'));
    const said = (await of('stars', 'click')).map(({ type, value, item }) => [type, value, item]);
    expect(said).toEqual([
      ['stars', 2, 'a'],
      ['stars', 5, 'a'],
    ]);
  });

  it('says what is right instead by the option that was chosen', async () => {
    const { of } = await open(`<p data-tendril-decision="d1" data-tendril-item="a">
      <select id="right" data-tendril-signal="correction">
        <option value="">it is right</option><option value="Sports page" data-tendril-instead="sports">sports</option>
      </select></p>`);
    await userEvent.selectOptions(byId('right'), 'Sports page');
    const [said] = await of('correction');
    expect(said).toMatchObject({ value: 1, instead: 'sports', item: 'a' });
    expect(JSON.stringify(said)).not.toContain('Sports page');
    await userEvent.selectOptions(byId('right'), '');
    expect(await of('correction')).toHaveLength(1);
  });
});

describe('a pointer', () => {
  it('rests on one item after another of the same shadow root', async () => {
    document.body.innerHTML = '<div id="host"></div>';
    const root = byId('host').attachShadow({ mode: 'open' });
    root.innerHTML = `<p data-tendril-decision="d1"><b id="a" data-tendril-item="a">First</b><b id="b" data-tendril-item="b">Second</b></p>`;
    const { time, of } = await begin();
    await userEvent.hover(byId('a', root));
    time.pass(300);
    await userEvent.hover(byId('b', root));
    time.pass(300);
    expect((await of('hover')).map(({ item }) => item)).toEqual(['a', 'b']);
  });
});
