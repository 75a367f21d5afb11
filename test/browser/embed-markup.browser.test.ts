import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { Tendril } from '../../src/client/tendril.ts';
import { resolveOptions } from '../../src/client/options.ts';
import { items, readConfiguration } from '../../src/signals/embed-configuration.ts';
import { markupSchema, readFeatures } from '../../src/signals/markup-features.ts';
import { RankedList } from '../../src/signals/ranked-list.ts';
import { followTcf } from '../../src/signals/tcf-consent.ts';

type Ranker = ConstructorParameters<typeof RankedList>[3];

afterEach(async () => {
  // A list under the pointer is in use, and the pointer stays where the last click was.
  const corner = element('<p style="position: fixed; right: 0; bottom: 0">away</p>');
  await userEvent.hover(corner);
  document.body.replaceChildren();
});

/** Puts markup into the page and gives back what `selector` finds in it. */
function markup(html: string, selector = '[data-tendril-list]'): HTMLElement[] {
  document.body.innerHTML = html;
  return [...document.querySelectorAll<HTMLElement>(selector)];
}

function element(html: string): HTMLElement {
  return markup(html, 'body > *')[0]!;
}

const texts = (list: Element) => items(list).map((item) => item.textContent);

describe('features in the markup', () => {
  const schema = { price: 'numeric', topic: 'categorical', tags: 'multi-hot', title: 'text' } as const;

  it('are read by their type', () => {
    const item =
      element(`<li data-tendril-item="a" data-tendril-numeric-price=" 12.5 " data-tendril-categorical-topic="css"
      data-tendril-multi-hot-tags=" a  b " data-tendril-text-title="A title" data-other="x"></li>`);
    expect(markupSchema([item])).toEqual(schema);
    expect(readFeatures(item, schema)).toEqual({ price: 12.5, topic: 'css', tags: ['a', 'b'], title: 'A title' });
  });

  it('are missing where the attribute is empty or not there', () => {
    const item = element('<li data-tendril-numeric-price="" data-tendril-multi-hot-tags=" "></li>');
    expect(readFeatures(item, schema)).toEqual({ price: null, tags: null });
  });

  it('are NaN where a number is none, which the worker refuses', () => {
    expect(readFeatures(element('<li data-tendril-numeric-price="12,5"></li>'), schema)).toEqual({ price: NaN });
  });

  it('have the type that was declared first; others of that name are left out', () => {
    const both = markup(
      '<li data-tendril-numeric-price="1"></li><li data-tendril-categorical-price="low" data-tendril-text-note="x"></li>',
      'li',
    );
    const declared = markupSchema(both);
    expect(declared).toEqual({ price: 'numeric', note: 'text' });
    expect(both.map((item) => readFeatures(item, declared))).toEqual([{ price: 1 }, { note: 'x' }]);
  });

  it('need a name, and may have any', () => {
    const item = element(
      '<li data-tendril-numeric-="1" data-tendril-text-constructor="x" data-tendril-text-a-b="y"></li>',
    );
    expect(markupSchema([item])).toEqual({ constructor: 'text', 'a-b': 'text' });
    expect(readFeatures(item, markupSchema([item]))).toEqual({ constructor: 'x', 'a-b': 'y' });
  });
});

describe('the configuration', () => {
  const item = (attributes: string) => `<li data-tendril-item="i" ${attributes}></li>`;
  const lists = () =>
    markup(`
      <ul data-tendril-list>${item('data-tendril-numeric-price="1"')}</ul>
      <ul data-tendril-list="news">${item('data-tendril-categorical-topic="css"')}</ul>
      <ol data-tendril-list="shop">${item('data-tendril-categorical-price="low" data-tendril-text-title="x"')}</ol>`);

  it('has a task for each name, which its lists share with one schema', () => {
    const { lists: read, options } = readConfiguration({ task: 'shop' }, lists());
    expect(options).toEqual({
      tasks: [
        { id: 'shop', kind: 'ranking', schema: { candidate: { price: 'numeric', title: 'text' } } },
        { id: 'news', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } },
      ],
      registry: null,
    });
    expect(read.map(({ taskId }) => taskId)).toEqual(['shop', 'news', 'shop']);
    expect(read.map(({ schema }) => schema)).toEqual([0, 1, 0].map((index) => options.tasks[index]!.schema.candidate));
  });

  it('takes the attributes of the script tag', () => {
    const script = element(`<script data-registry="/" data-worker="/w.js" data-namespace="mine" data-deadline="80"
      data-seed="7" data-on-schema-change="start-fresh"></script>`);
    const { options } = readConfiguration(script.dataset, lists());
    expect(options).toMatchObject({ registry: '/', workerUrl: '/w.js', namespace: 'mine', deadlineMs: 80 });
    expect(options.tasks[0]).toMatchObject({ id: 'default', seed: 7, onSchemaChange: 'start-fresh' });
  });

  it('passes over what cannot be read', () => {
    const { options } = readConfiguration({ deadline: 'soon', seed: 'x', onSchemaChange: 'explode' }, lists());
    expect(options).not.toHaveProperty('deadlineMs');
    expect(Object.keys(options.tasks[0]!).sort()).toEqual(['id', 'kind', 'schema']);
    expect(readConfiguration({}, [])).toEqual({
      lists: [],
      tcf: false,
      capture: true,
      options: { tasks: [], registry: null },
    });
  });

  it('asks for consent wherever the attribute does not say that none is needed', () => {
    const read = (consent?: string) => {
      const { options, tcf } = readConfiguration(consent === undefined ? {} : { consent }, []);
      return { consent: options.consent, tcf };
    };
    expect(read()).toEqual({ consent: undefined, tcf: false });
    expect(read('not-required')).toEqual({ consent: undefined, tcf: false });
    expect(read('required')).toEqual({ consent: 'required', tcf: false });
    expect(read('requird')).toEqual({ consent: 'required', tcf: false });
    expect(read('tcf')).toEqual({ consent: 'required', tcf: true });
  });
});

describe('a consent manager of the TCF', () => {
  type Callback = (data: object | null, success: boolean) => void;
  const install = () => {
    const callbacks: Callback[] = [];
    const api = (...[command, version, callback]: [string, number, Callback]) => {
      expect([command, version]).toEqual(['addEventListener', 2]);
      callbacks.push(callback);
    };
    Object.assign(globalThis, { __tcfapi: api });
    return (data: object | null, success = true) => callbacks.forEach((callback) => callback(data, success));
  };
  afterEach(() => Reflect.deleteProperty(globalThis, '__tcfapi'));
  const consents = (...purposes: number[]) => ({
    purpose: { consents: Object.fromEntries(purposes.map((purpose) => [purpose, true])) },
  });

  it('is followed: all purposes that Tendril has, or none', () => {
    const answer = install();
    const answers: boolean[] = [];
    followTcf((granted) => answers.push(granted));
    answer({ gdprApplies: true, eventStatus: 'cmpuishown', ...consents() });
    answer({ gdprApplies: true, eventStatus: 'useractioncomplete', ...consents(1, 5, 6) }, false);
    answer(null);
    expect(answers).toEqual([]);
    answer({ gdprApplies: true, eventStatus: 'tcloaded', ...consents(1, 5) });
    answer({ gdprApplies: true, eventStatus: 'useractioncomplete', ...consents(1, 2, 5, 6) });
    answer({ gdprApplies: true, eventStatus: 'useractioncomplete' });
    answer({ gdprApplies: false, eventStatus: 'tcloaded' });
    expect(answers).toEqual([false, true, false, true]);
  });

  it('is found when the page has loaded, where it comes late', () => {
    const answers: boolean[] = [];
    followTcf((granted) => answers.push(granted));
    const answer = install();
    dispatchEvent(new Event('load'));
    answer({ gdprApplies: false, eventStatus: 'tcloaded' });
    expect(answers).toEqual([true]);
  });
});

describe('a ranked list', () => {
  const html = `<ul data-tendril-list>
    <li class="head">Head</li>
    <li data-tendril-item="a" data-tendril-categorical-topic="css"><button>a</button></li>
    <li class="advert">Advert</li>
    <li data-tendril-item="b" data-tendril-categorical-topic="js"><button>b</button></li>
    <li data-tendril-item="c" data-tendril-categorical-topic="css"><button>c</button></li>
  </ul>`;
  const schema = { topic: 'categorical' } as const;

  /** Answers with `order`, as the handle would; `asked` and `told` are what it heard. */
  function answering(source: 'model' | 'host', order: readonly string[]) {
    const heard: { asked: unknown[]; told: unknown[]; kept: string[] } = { asked: [], told: [], kept: [] };
    const ranker: Ranker = {
      rank: async (taskId, request) => {
        heard.asked.push([taskId, request.candidates]);
        return { decisionId: 'd1', source, order: order.map((id) => ({ id })) };
      },
      keptOwnOrder: (decisionId) => heard.kept.push(decisionId),
      feed: { signal: async (signal) => heard.told.push(signal) },
    };
    return { ranker, heard };
  }

  function ranked(list: HTMLElement, ranker: Ranker): Promise<unknown> {
    const event = eventOf(list, 'tendril:ranked');
    new RankedList(list, schema, 'task', ranker).start();
    return event;
  }

  const eventOf = (list: HTMLElement, type: string) =>
    new Promise<unknown>((resolve) =>
      list.addEventListener(type, (event) => resolve((event as CustomEvent<unknown>).detail), { once: true }),
    );

  it('gives its items with their features, and puts them in the order of the model; the rest stays', async () => {
    const list = element(html);
    const { ranker, heard } = answering('model', ['c', 'a', 'b']);
    expect(await ranked(list, ranker)).toEqual({ decisionId: 'd1', source: 'model' });
    expect(heard.asked).toEqual([
      ['task', ['css', 'js', 'css'].map((topic, index) => ({ id: 'abc'[index], features: { topic } }))],
    ]);
    expect([...list.children].map((child) => child.textContent)).toEqual(['Head', 'c', 'Advert', 'a', 'b']);
    expect(list.dataset.tendrilSource).toBe('model');
    expect(heard.kept).toEqual([]);
  });

  it('leaves everything where it was when the host order stands', async () => {
    const list = element(html);
    const before = list.innerHTML;
    const { ranker, heard } = answering('host', ['c', 'b', 'a']);
    expect(await ranked(list, ranker)).toEqual({ decisionId: 'd1', source: 'host' });
    expect(list.innerHTML).toBe(before);
    expect(heard.kept, 'the worker knows').toEqual([]);
  });

  it('that is in use keeps its order, and says so', async () => {
    const list = element(html);
    list.querySelector('button')!.focus();
    const { ranker, heard } = answering('model', ['c', 'b', 'a']);
    expect(await ranked(list, ranker)).toEqual({ decisionId: 'd1', source: 'host' });
    expect(texts(list)).toEqual(['a', 'b', 'c']);
    expect(heard.kept).toEqual(['d1']);
  });

  it('tells which item was clicked, wherever in it, also where the host stops the event', async () => {
    const list = element(html);
    const { ranker, heard } = answering('model', ['c', 'a', 'b']);
    await ranked(list, ranker);
    list.addEventListener('click', (event) => event.stopImmediatePropagation(), { capture: true });
    const told = eventOf(list, 'tendril:signals');
    await userEvent.click(list.querySelector('[data-tendril-item="a"] button')!);
    await told;
    await userEvent.click(list.querySelector('.advert')!);
    expect(heard.told).toEqual([{ type: 'click', taskId: 'task', decisionId: 'd1', item: 'a' }]);
  });

  it('hears nothing once it is stopped, and again when it starts again', async () => {
    const [list] = markup(html);
    const { ranker, heard } = answering('host', ['a', 'b', 'c']);
    const capture = new RankedList(list!, schema, 'task', ranker);
    const click = () => list!.querySelector('button')!.click();
    for (const told of [1, 1, 2]) {
      const event = eventOf(list!, 'tendril:ranked');
      if (told === heard.told.length) capture.stop();
      else {
        capture.start();
        await event;
      }
      click();
      expect(heard.told).toHaveLength(told);
    }
  });

  it('learns from clicks with the real worker', async () => {
    const list = element(html);
    const { options } = readConfiguration({ task: 'embedded' }, [list]);
    const tendril = new Tendril(
      resolveOptions({ ...options, namespace: 'embedded', backends: ['cpu'] }, location.href),
      () => new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' }),
    );
    const event = eventOf(list, 'tendril:ranked');
    new RankedList(list, schema, 'embedded', tendril).start();
    expect(await event).toMatchObject({ source: 'model' });
    expect(texts(list).sort()).toEqual(['a', 'b', 'c']);
    const told = eventOf(list, 'tendril:signals');
    await userEvent.click(list.querySelector('[data-tendril-item="b"] button')!);
    expect(await told).toEqual({ ok: true, value: { stored: 1, duplicates: 0, refused: [] } });
    tendril.dispose();
  });
});
