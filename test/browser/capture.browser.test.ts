import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { Signal } from '../../src/core/signal.ts';
import { startCapture, type Capture, type CaptureOptions } from '../../src/signals/capture/start-capture.ts';
import { HandTime, MemoryJournal, MemoryTab, settled } from '../unit/signals-fixture.ts';

let stop: (() => void) | null = null;

afterEach(async () => {
  stop?.();
  stop = null;
  document.body.innerHTML = '<p id="away" style="position: fixed; right: 0; bottom: 0">away</p>';
  await userEvent.hover(byId('away'));
  document.body.replaceChildren();
  scrollTo(0, 0);
  delete (document as { visibilityState?: unknown }).visibilityState;
});

interface Open {
  readonly capture: Capture;
  readonly time: HandTime;
  readonly journal: MemoryJournal;
  /** Everything that was delivered, or waits. */
  readonly signals: () => Promise<Signal[]>;
  readonly of: (type: string) => Promise<Signal[]>;
}

/** The page is shown, everything in it is found and has been looked at for so long that nobody is too quick. */
async function open(html: string, options: Partial<CaptureOptions> = {}, time = new HandTime()): Promise<Open> {
  document.body.innerHTML = html;
  const journal = new MemoryJournal();
  const delivered: Signal[] = [];
  const capture = startCapture({
    root: document,
    clock: time,
    timers: time,
    pageId: 'page',
    journal,
    storage: new MemoryTab(),
    automated: false,
    vitals: null,
    pageLoad: { wentBack: false, atMs: time.wall },
    deliver: async (batch) => {
      delivered.push(...batch);
      return true;
    },
    ...options,
  });
  stop = () => capture.stop();
  await found(time);
  await time.elapse(200);
  const signals = async () => {
    await capture.flush();
    return delivered;
  };
  return {
    capture,
    time,
    journal,
    signals,
    of: async (type) => (await signals()).filter((each) => each.type === type),
  };
}

/** What was added is observed, and has been seen. */
async function found(time: HandTime): Promise<void> {
  await settled();
  time.pass(0);
  await nextSight();
}

/** All observers are told in one task, in no order that can be relied on: the next task comes after it. */
async function nextSight(): Promise<void> {
  await new Promise<void>((resolve) => {
    const observer = new IntersectionObserver(() => {
      observer.disconnect();
      resolve();
    });
    observer.observe(document.documentElement);
  });
  const { port1, port2 } = new MessageChannel();
  const nextTask = heard('message', port1);
  port1.start();
  port2.postMessage(null);
  await nextTask;
}

function heard(type: string, target: EventTarget = document): Promise<Event> {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}

function byId(id: string, root: Document | ShadowRoot = document): HTMLElement {
  const element = root.getElementById(id);
  if (!element) throw new Error(`there is no ${id}`);
  return element;
}

function setVisible(visible: boolean): void {
  Object.defineProperty(document, 'visibilityState', {
    configurable: true,
    get: () => (visible ? 'visible' : 'hidden'),
  });
  document.dispatchEvent(new Event('visibilitychange'));
}

function leavePage(persisted = false): void {
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted }));
}

async function scrollTo_(top: number, time: HandTime): Promise<void> {
  const scrolled = heard('scroll');
  scrollTo(0, top);
  await scrolled;
  await time.elapse(200);
  await nextSight();
}

const list = `<ul data-tendril-list="news" data-tendril-decision="d1">
  <li data-tendril-item="a" id="a"><a id="link" href="#there">First words</a></li>
  <li data-tendril-item="b" id="b"><button id="button" type="button">Second words</button></li>
  <li style="height: 3000px">room</li>
  <li data-tendril-item="far" id="far">Far words</li>
</ul>`;

const names = (signals: readonly Signal[]) => signals.map(({ item }) => item);

describe('impressions', () => {
  it('are told of what is half visible for a second, once', async () => {
    const { time, of } = await open(list);
    await time.elapse(799);
    expect(await of('impression')).toEqual([]);
    await time.elapse(1);
    expect(await of('impression')).toMatchObject([
      { decisionId: 'd1', item: 'a', value: 1 },
      { decisionId: 'd1', item: 'b', value: 1 },
    ]);
    await scrollTo_(3000, time);
    await time.elapse(1_000);
    await scrollTo_(0, time);
    await time.elapse(1_000);
    expect(names(await of('impression'))).toEqual(['a', 'b', 'far']);
  });

  it('are none of what was scrolled past', async () => {
    const { time, of } = await open(list);
    await time.elapse(2_000);
    await scrollTo_(3000, time);
    await scrollTo_(0, time);
    await time.elapse(5_000);
    expect(names(await of('impression'))).toEqual(['a', 'b']);
  });

  it('begin anew when the page is shown again', async () => {
    const { time, of } = await open(list);
    setVisible(false);
    await time.elapse(5_000);
    expect(await of('impression')).toEqual([]);
    setVisible(true);
    await time.elapse(1_000);
    expect(names(await of('impression'))).toEqual(['a', 'b']);
  });

  it('count half a window of an item that is taller than the window', async () => {
    const { time, of } = await open(
      `<div data-tendril-decision="d1"><div data-tendril-item="tall" style="height: ${20 * innerHeight}px">x</div></div>`,
    );
    await time.elapse(1_000);
    expect(names(await of('impression'))).toEqual(['tall']);
  });

  it('of such an item come with the scrolling, too', async () => {
    const { time, of } = await open(
      `<div style="height: ${0.9 * innerHeight}px"></div>
       <div data-tendril-decision="d1"><div data-tendril-item="tall" style="height: ${50 * innerHeight}px">x</div></div>`,
    );
    await time.elapse(2_000);
    expect(await of('impression')).toEqual([]);
    await scrollTo_(0.7 * innerHeight, time);
    await time.elapse(1_000);
    expect(names(await of('impression'))).toEqual(['tall']);
  });

  it('are about the decision that is made later, once more', async () => {
    const { time, of } = await open(list.replace('data-tendril-decision="d1"', ''));
    await time.elapse(1_000);
    const list_ = document.querySelector('ul')!;
    list_.dataset.tendrilDecision = 'd2';
    await settled();
    await time.elapse(999);
    expect(await of('impression')).toHaveLength(2);
    await time.elapse(1);
    expect((await of('impression')).map(({ taskId, decisionId, item }) => [decisionId ?? taskId, item])).toEqual([
      ['news', 'a'],
      ['news', 'b'],
      ['d2', 'a'],
      ['d2', 'b'],
    ]);
  });

  it('come of all, however many are in sight at once: they are taken in in slices', async () => {
    /** Each look at the clock takes a while. */
    class SlowTime extends HandTime {
      slices = 0;
      override monotonicMs(): number {
        this.monotonic += 0.2;
        this.wall += 0.2;
        return this.monotonic;
      }
      override after(ms: number, run: () => void): () => void {
        if (ms === 0) this.slices++;
        return super.after(ms, run);
      }
    }
    const time = new SlowTime();
    const small = Array.from({ length: 300 }, (_, item) => `<i data-tendril-item="${item}">.</i>`);
    const { of } = await open(`<p data-tendril-decision="d1">${small.join(' ')}</p>`, {}, time);
    const before = time.slices;
    await time.elapse(4_000);
    expect(new Set(names(await of('impression'))).size).toBe(300);
    expect(before).toBeGreaterThan(10);
  });

  it('come of items that are added, and of an element that becomes one', async () => {
    const { time, of } = await open(list);
    await time.elapse(1_000);
    document.querySelector('ul')!.insertAdjacentHTML('afterbegin', '<li><p data-tendril-item="new">New</p></li>');
    byId('button').dataset.tendrilItem = 'marked';
    await found(time);
    await time.elapse(1_000);
    expect(names(await of('impression')).sort()).toEqual(['a', 'b', 'marked', 'new']);
  });
});

describe('clicks', () => {
  it('are told by mouse, middle button and keyboard, and not by the right button', async () => {
    const { time, of } = await open(list);
    await userEvent.click(byId('link'));
    await userEvent.click(byId('button'), { button: 'right' });
    await time.elapse(1_000);
    await userEvent.click(byId('button'), { button: 'middle' });
    await time.elapse(1_000);
    byId('button').focus();
    await userEvent.keyboard('{Enter}');
    const clicks = await of('click');
    expect(clicks.map(({ item, suspicion }) => [item, suspicion])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['b', undefined],
    ]);
    expect(clicks[0]).toEqual({
      signalId: expect.stringMatching(/^page:\d+$/),
      type: 'click',
      atMs: expect.any(Number),
      value: 1,
      decisionId: 'd1',
      taskId: 'news',
      item: 'a',
    });
  });

  it('are heard where the page stops them, and prevented nowhere', async () => {
    const { of } = await open(list);
    let prevented: boolean | null = null;
    byId('button').addEventListener('click', (event) => {
      event.stopImmediatePropagation();
      prevented = event.defaultPrevented;
    });
    await userEvent.click(byId('button'));
    expect(names(await of('click'))).toEqual(['b']);
    expect(prevented).toBe(false);
  });

  it('are suspicious where a script makes them, where they are repeated, and where they come too soon', async () => {
    const { time, capture, of } = await open(list);
    byId('a').click();
    await time.elapse(1_000);
    await userEvent.dblClick(byId('button'));
    await time.elapse(1_000);
    byId('b').insertAdjacentHTML('beforebegin', '<li data-tendril-item="sudden" id="sudden">Sudden</li>');
    await found(time);
    await userEvent.click(byId('sudden'));
    expect((await of('click')).map(({ item, suspicion }) => [item, suspicion])).toEqual([
      ['a', 'untrusted'],
      ['b', undefined],
      ['b', 'duplicate'],
      ['sudden', 'impossible-speed'],
    ]);
    expect(capture.counts()).toMatchObject({
      captured: { click: 4 },
      failures: 0,
      suspicious: { untrusted: 1, duplicate: 1, 'impossible-speed': 1 },
    });
  });

  it('of a browser that a program drives are all suspicious, by default', async () => {
    document.body.innerHTML = list;
    const { automated: _, ...options } = { automated: undefined };
    const { of } = await open(list, { ...options, ...({ automated: navigator.webdriver } as const) });
    await userEvent.click(byId('link'));
    expect((await of('click')).map(({ suspicion }) => suspicion)).toEqual(['automation']);
  });
});

describe('what is said on purpose', () => {
  const controls = `<ul data-tendril-decision="d1"><li data-tendril-item="a">
    <button id="up" data-tendril-signal="thumb">up</button>
    <button id="down" data-tendril-signal="thumb" data-tendril-value="-1"><b id="inner">down</b></button>
    <button id="wrong" data-tendril-signal="correction" data-tendril-instead="b">wrong</button>
    <button id="own" data-tendril-signal="my-own" data-tendril-value="0.5">own</button>
    <button id="bad" data-tendril-signal="Not a name">bad</button>
    <button id="text" data-tendril-signal="stars" data-tendril-value="many">bad</button>
    <label id="label"><input type="radio" name="s" id="four" value="4" data-tendril-signal="stars"> four</label>
    <select id="select" data-tendril-signal="stars"><option>1</option><option>5</option></select>
    <input id="range" type="range" min="0" max="10" data-tendril-signal="fit">
    <input id="words" data-tendril-signal="words" value="12">
    <input id="box" type="checkbox" data-tendril-signal="choice">
    </li></ul>`;

  it('is told by buttons, and is no click on the item', async () => {
    const { signals, time } = await open(controls);
    for (const id of ['up', 'inner', 'wrong', 'own', 'bad', 'text']) {
      await userEvent.click(byId(id));
      await time.elapse(600);
    }
    const said = (await signals()).filter(({ type }) => !['impression', 'hover', 'selection'].includes(type));
    expect(said).toMatchObject([
      { type: 'thumb', value: 1, decisionId: 'd1', item: 'a' },
      { type: 'thumb', value: -1 },
      { type: 'correction', value: 1, instead: 'b' },
      { type: 'my-own', value: 0.5 },
    ]);
    expect(said.some(({ suspicion }) => suspicion)).toBe(false);
  });

  it('is told by fields when they change, and what is written is never read', async () => {
    const { signals, time } = await open(controls);
    await userEvent.click(byId('label'));
    await userEvent.selectOptions(byId('select'), '5');
    await time.elapse(1_000);
    byId('range').focus();
    await userEvent.keyboard('{End}');
    await userEvent.fill(byId('words'), '34');
    await userEvent.click(byId('box'));
    await time.elapse(1_000);
    await userEvent.click(byId('box'));
    const said = (await signals()).filter(({ type }) => !['impression', 'hover', 'selection'].includes(type));
    expect(said.map(({ type, value, item }) => [type, value, item])).toEqual([
      ['stars', 4, 'a'],
      ['stars', 5, 'a'],
      ['fit', 10, 'a'],
      ['choice', 1, 'a'],
    ]);
  });

  it('may be about a decision alone', async () => {
    const { signals } = await open(
      '<p data-tendril-decision="d1"><button id="up" data-tendril-signal="thumb">up</button></p>',
    );
    await userEvent.click(byId('up'));
    const [said] = await signals();
    expect(said).toMatchObject({ type: 'thumb', decisionId: 'd1' });
    expect(said).not.toHaveProperty('item');
  });
});

describe('reading', () => {
  const article = `<article data-tendril-task="news" data-tendril-item="a" style="height: ${4 * 600}px">Words</article>`;

  it('is told as active time while it goes on, and gives no impression', async () => {
    const { time, signals, of } = await open(article);
    await userEvent.hover(document.querySelector('article')!);
    await time.elapse(10_000);
    expect(await of('dwell')).toMatchObject([{ taskId: 'news', item: 'a', value: expect.closeTo(10, 1) }]);
    // Nobody is there after 15 s without input.
    await time.elapse(60_000);
    const seconds = (await of('dwell')).reduce((sum, { value }) => sum + value, 0);
    expect(seconds).toBeCloseTo(15.2, 1);
    expect((await signals()).some(({ type }) => type === 'impression')).toBe(false);
  });

  it('is a lower bound when the page is hidden, and whole when it is left', async () => {
    const { time, of } = await open(article);
    await time.elapse(4_000);
    setVisible(false);
    await time.elapse(60_000);
    setVisible(true);
    await time.elapse(2_000);
    leavePage();
    expect((await of('dwell')).map(({ value, censored }) => [value, censored])).toEqual([
      [expect.closeTo(4.2, 3), true],
      [2, undefined],
    ]);
  });

  it('ends when the article is gone', async () => {
    const { time, of } = await open(article);
    await time.elapse(3_000);
    document.querySelector('article')!.remove();
    await nextSight();
    await time.elapse(60_000);
    expect((await of('dwell')).map(({ value, item }) => [value, item])).toEqual([[expect.closeTo(3.2, 3), 'a']]);
  });

  it('is told of an item of a list that is marked for it, beside its impression', async () => {
    const { time, of } = await open(list.replace('id="b"', 'data-tendril-dwell'));
    await time.elapse(5_000);
    leavePage();
    expect(names(await of('dwell'))).toEqual(['b']);
    expect(names(await of('impression'))).toEqual(['a', 'b']);
  });

  it('has a depth: the largest share that was scrolled through', async () => {
    const { time, of } = await open(article);
    const height = document.querySelector('article')!.getBoundingClientRect().height;
    const top = document.querySelector('article')!.getBoundingClientRect().top + scrollY;
    await scrollTo_(1_000, time);
    await scrollTo_(0, time);
    leavePage();
    const scrolls = await of('scroll');
    const share = Math.min(1, (1_000 + innerHeight - top) / height);
    expect(scrolls.filter(({ item }) => item === 'a').at(-1)?.value).toBeCloseTo(share, 2);
    const page = document.documentElement.scrollHeight;
    expect(scrolls.find(({ item }) => item === undefined)?.value).toBeCloseTo((1_000 + innerHeight) / page, 2);
  });
});

describe('the pointer, copies and selections', () => {
  it('tells of a pointer that rests, once', async () => {
    const { time, of } = await open(list);
    await userEvent.hover(byId('a'));
    await time.elapse(299);
    await userEvent.hover(byId('b'));
    await time.elapse(300);
    await userEvent.hover(byId('a'));
    await userEvent.hover(byId('b'));
    await time.elapse(300);
    expect(await of('hover')).toMatchObject([{ decisionId: 'd1', item: 'b', value: 1 }]);
  });

  it('does not take a finger for a pointer', async () => {
    const { time, of } = await open(list);
    byId('a').dispatchEvent(new PointerEvent('pointerover', { pointerType: 'touch', bubbles: true }));
    await time.elapse(1_000);
    expect(await of('hover')).toEqual([]);
  });

  it('tells that something was selected and copied, not what', async () => {
    const { time, signals } = await open(list);
    const selected = heard('selectionchange');
    getSelection()?.selectAllChildren(byId('link'));
    await selected;
    await time.elapse(300);
    const copied = heard('copy');
    await userEvent.keyboard('{Control>}c{/Control}');
    await copied;
    const told = await signals();
    expect(told.map(({ type, item, suspicion }) => [type, item, suspicion])).toEqual([
      ['selection', 'a', undefined],
      ['copy', 'a', undefined],
    ]);
    expect(JSON.stringify(told)).not.toContain('words');
  });

  it('tells nothing of a selection that goes beyond the item, or is none', async () => {
    const { time, of } = await open(list);
    for (const element of [byId('a').parentElement!, null]) {
      const selected = heard('selectionchange');
      if (element) getSelection()?.selectAllChildren(element);
      else getSelection()?.collapse(byId('link').firstChild, 1);
      await selected;
      await time.elapse(300);
    }
    expect(await of('selection')).toEqual([]);
  });
});

describe('leaving and coming back', () => {
  it('tells an early way back within a page that navigates itself', async () => {
    const { time, of } = await open(list);
    await userEvent.click(byId('button'));
    history.pushState({}, '', '#article');
    await time.elapse(4_000);
    const back = heard('popstate', window);
    history.back();
    await back;
    expect(await of('bounce')).toMatchObject([{ decisionId: 'd1', item: 'b', value: 4 }]);
  });

  it('tells it of a page that is restored, and of one that is loaded again', async () => {
    const storage = new MemoryTab();
    const { time, of } = await open(list, { storage });
    await userEvent.click(byId('button'));
    leavePage(true);
    await time.elapse(3_000);
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    expect(await of('bounce')).toMatchObject([{ item: 'b', value: 3 }]);
    await time.elapse(600);
    await userEvent.click(byId('button'));
    leavePage();
    stop?.();
  });

  it('tells it of a page that is loaded again', async () => {
    const storage = new MemoryTab();
    const first = await open(list, { storage });
    await userEvent.click(byId('button'));
    leavePage();
    // As a page ends: without a word, its storage stays.
    const kept = new Map(storage.kept);
    first.capture.stop();
    for (const [key, value] of kept) storage.setItem(key, value);
    const { of } = await open(list, { storage, pageLoad: { wentBack: true, atMs: first.time.wall + 5_000 } });
    expect(await of('bounce')).toMatchObject([{ decisionId: 'd1', item: 'b', value: 5 }]);
  });

  it('tells the visit of each decision, and that nothing came of it', async () => {
    const { time, of } = await open(list);
    await time.elapse(5_000);
    leavePage();
    expect(await of('session')).toMatchObject([{ decisionId: 'd1', value: expect.closeTo(5.2, 3) }]);
    expect(await of('abandonment')).toMatchObject([{ decisionId: 'd1', value: 1 }]);
  });

  it('tells no abandonment after a click', async () => {
    const { time, of } = await open(list);
    await time.elapse(2_000);
    await userEvent.click(byId('link'));
    leavePage();
    expect(await of('abandonment')).toEqual([]);
  });

  it('keeps in the journal, before the page ends, what is not acknowledged', async () => {
    const journal = new MemoryJournal();
    const { time } = await open(list, { journal, deliver: () => new Promise(() => undefined) });
    await userEvent.click(byId('link'));
    await time.elapse(2_000);
    leavePage();
    const kept = new Set(journal.entries.map(({ type }) => type));
    expect(kept).toEqual(new Set(['click', 'impression', 'hover', 'session', 'scroll']));
    const delivered: Signal[] = [];
    // The next page, which has another name.
    const next = await open('', {
      journal,
      pageId: 'next',
      deliver: async (batch) => {
        delivered.push(...batch);
        return true;
      },
    });
    await next.time.elapse(1_000);
    expect(names(delivered.filter(({ type }) => type === 'click'))).toEqual(['a']);
    expect(journal.entries).toEqual([]);
  });

  it('does so when a frame is really taken away', async () => {
    document.body.innerHTML = '';
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const root = frame.contentDocument!;
    root.body.innerHTML = list;
    const time = new HandTime();
    const journal = new MemoryJournal();
    startCapture({
      root,
      clock: time,
      timers: time,
      pageId: 'frame',
      journal,
      vitals: null,
      automated: false,
      deliver: () => new Promise(() => undefined),
    });
    await time.elapse(5_000);
    frame.remove();
    expect(journal.entries.map(({ type }) => type)).toContain('session');
  });
});

describe('goals', () => {
  it('are reached once, by a click or a form that is sent', async () => {
    const { of, time } = await open(`<main data-tendril-item="a" data-tendril-task="shop">
      <button id="buy" data-tendril-goal="bought">buy</button>
      <form data-tendril-goal="asked" id="form"><input id="word"><button id="send">send</button></form></main>`);
    byId('form').addEventListener('submit', (event) => event.preventDefault());
    await userEvent.click(byId('buy'));
    await userEvent.click(byId('buy'));
    await time.elapse(1_000);
    await userEvent.click(byId('word'));
    await userEvent.click(byId('send'));
    const goals = await of('completion');
    expect(goals.map(({ taskId, item, suspicion }) => [taskId, item, suspicion])).toEqual([
      ['shop', 'a', undefined],
      ['shop', 'a', undefined],
    ]);
  });
});

describe('media', () => {
  it('tells the largest share that was played', async () => {
    const { signals } = await open(
      `<div data-tendril-decision="d1"><div data-tendril-item="song"><audio id="audio" muted></audio></div></div>`,
    );
    const audio = byId('audio') as HTMLAudioElement;
    audio.muted = true;
    audio.src = URL.createObjectURL(silence(0.4));
    const ended = heard('ended', audio);
    await audio.play();
    await ended;
    const told = (await signals()).filter(({ type }) => type === 'media');
    expect(told.at(-1)).toMatchObject({ decisionId: 'd1', item: 'song', value: expect.closeTo(1, 1) });
    const values = told.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });
});

/** A WAV file of 8-bit silence. */
function silence(seconds: number): Blob {
  const rate = 8000;
  const bytes = seconds * rate;
  const header = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) =>
    new TextEncoder().encode(word).forEach((code, index) => header.setUint8(at + index, code));
  text(0, 'RIFF');
  header.setUint32(4, 36 + bytes, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  text(36, 'data');
  header.setUint32(40, bytes, true);
  return new Blob([header, new Uint8Array(bytes).fill(128)], { type: 'audio/wav' });
}

describe('shadow roots', () => {
  const inner = `<section data-tendril-decision="d1"><p data-tendril-item="a" id="a">Shadow words</p>
    <p data-tendril-item="b"><input type="checkbox" id="box" data-tendril-signal="choice"></p></section>`;

  function attach(id: string, html = inner): ShadowRoot {
    const root = byId(id).attachShadow({ mode: 'open' });
    root.innerHTML = html;
    return root;
  }

  it('are looked into, those that come later too', async () => {
    const { time, signals } = await open('<div id="host"></div>');
    const host = document.createElement('div');
    host.id = 'late';
    document.body.append(host);
    const root = attach('late');
    await found(time);
    await found(time);
    await time.elapse(1_000);
    await userEvent.click(byId('a', root));
    await time.elapse(1_000);
    await userEvent.click(byId('box', root));
    expect((await signals()).map(({ type, decisionId, item }) => [type, decisionId, item])).toEqual([
      ['impression', 'd1', 'a'],
      ['impression', 'd1', 'b'],
      ['click', 'd1', 'a'],
      ['hover', 'd1', 'a'],
      ['choice', 'd1', 'b'],
    ]);
  });

  it('take what they are about from outside, and are met where they were attached late', async () => {
    const { time, of } = await open(
      '<div data-tendril-decision="d2" data-tendril-item="x"><div id="host"></div></div>',
    );
    const root = attach('host', '<button id="in">in</button>');
    await userEvent.click(byId('in', root));
    root.innerHTML = '<p data-tendril-item="y">new</p>';
    await found(time);
    await found(time);
    await time.elapse(1_000);
    expect((await of('click')).map(({ decisionId, item }) => [decisionId, item])).toEqual([['d2', 'x']]);
    expect(names(await of('impression'))).toContain('y');
  });

  it('show a selection', async () => {
    const { time, of } = await open('<div id="host"></div>');
    const root = attach('host');
    byId('host').dataset.touched = '';
    await userEvent.click(byId('a', root));
    await found(time);
    const selected = heard('selectionchange');
    getSelection()?.setBaseAndExtent(byId('a', root).firstChild!, 0, byId('a', root).firstChild!, 6);
    await selected;
    await time.elapse(300);
    expect(names(await of('selection'))).toEqual(['a']);
  });
});

describe('the page’s operation', () => {
  it('is told as it is measured', async () => {
    const { of } = await open('', { vitals: (report) => report('lcp', 1234) });
    expect(await of('lcp')).toMatchObject([{ value: 1234 }]);
  });

  it('is measured by web-vitals', async () => {
    const first = new Promise<Signal>((resolve) => {
      void open('', {
        vitals: undefined as never,
        timers: { after: (ms, run) => (ms === 0 ? (queueMicrotask(run), () => undefined) : () => undefined) },
        deliver: async (batch) => {
          const found = batch.find(({ type }) => type === 'ttfb');
          if (found) resolve(found);
          return true;
        },
      }).then(async ({ capture }) => {
        for (;;) {
          await new Promise((next) => requestAnimationFrame(next));
          await capture.flush();
        }
      });
    });
    expect((await first).value).toBeGreaterThan(0);
  });
});

describe('the capture', () => {
  it('tells only what it says it tells', async () => {
    const { time, signals } = await open(list);
    await userEvent.click(byId('link'));
    await time.elapse(5_000);
    leavePage();
    const keys = new Set((await signals()).flatMap((signal) => Object.keys(signal)));
    const allowed = ['signalId', 'type', 'atMs', 'value', 'decisionId', 'taskId', 'item', 'censored', 'suspicion'];
    expect([...keys].filter((key) => !allowed.includes(key))).toEqual([]);
    expect(JSON.stringify(await signals())).not.toMatch(/words/i);
  });

  it('does not let its own errors reach the page', async () => {
    let broken = false;
    const time = new HandTime();
    const clock = {
      nowMs: () => {
        if (broken) throw new Error('broken');
        return time.wall;
      },
      monotonicMs: () => time.monotonic,
    };
    const { capture } = await open(list, { clock });
    const errors: unknown[] = [];
    const remember = (event: ErrorEvent) => errors.push(event.error);
    addEventListener('error', remember);
    let handled = false;
    byId('button').addEventListener('click', () => (handled = true));
    broken = true;
    await userEvent.click(byId('button'));
    capture.signal({ type: 'thumb' });
    leavePage();
    broken = false;
    removeEventListener('error', remember);
    expect(errors).toEqual([]);
    expect(handled).toBe(true);
    expect(capture.counts().failures).toBeGreaterThanOrEqual(3);
  });

  it('is over at once when it is stopped', async () => {
    const { capture, time, journal, of } = await open(list);
    journal.save([{ signalId: 'other', type: 'click', atMs: 1, value: 1 }]);
    capture.stop();
    await time.elapse(10_000);
    await userEvent.click(byId('link'));
    document.body.insertAdjacentHTML('afterbegin', '<p data-tendril-item="new">New</p>');
    await found(time);
    capture.signal({ type: 'thumb' });
    leavePage();
    await time.elapse(10_000);
    expect(journal.entries).toEqual([]);
    expect(await of('click')).toEqual([]);
    expect(capture.counts().captured).toEqual({});
  });

  it('takes what the page gives on the same way', async () => {
    const { capture, of } = await open('');
    capture.signal({ type: 'prediction-latency', value: 7, taskId: 'news' });
    expect(await of('prediction-latency')).toMatchObject([{ signalId: 'page:0', value: 7, taskId: 'news' }]);
  });
});
