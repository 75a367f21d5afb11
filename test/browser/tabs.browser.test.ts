import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { browserEnvironment } from '../../src/runtime/browser-environment.ts';

/** Each is a tab of its own to the others. */
const openTab = (namespace: string) => browserEnvironment().openTabs(namespace);
const nothing = () => undefined;

test('who learned a model and could not start leaves it to the next in line', async () => {
  const [one, other] = [openTab('election'), openTab('election')];
  const first = await one.elect('model', nothing);
  expect(first.elected).toBe(true);
  const taken = new Promise<string>((resolve) => {
    void other.elect('model', () => {
      resolve('the other one learns');
    });
  });
  expect((await one.elect('another model', nothing)).elected).toBe(true);
  first.release();
  expect(await taken).toBe('the other one learns');
  expect((await one.elect('model', nothing)).elected).toBe(false);
});

test('who stands back while it waits is passed over', async () => {
  const [one, other, third] = [openTab('passed'), openTab('passed'), openTab('passed')];
  const first = await one.elect('model', nothing);
  const elected: string[] = [];
  const waiting = await other.elect('model', () => elected.push('other'));
  expect(waiting.elected).toBe(false);
  const taken = new Promise<void>((resolve) => {
    void third.elect('model', () => {
      elected.push('third');
      resolve();
    });
  });
  waiting.release();
  first.release();
  await taken;
  expect(elected).toEqual(['third']);
});

describe.each(['with locks', 'without'] as const)('where the browser is %s', (kind) => {
  const locks = Object.getOwnPropertyDescriptor(Navigator.prototype, 'locks')!;
  beforeEach(() => {
    if (kind === 'without') Reflect.deleteProperty(Navigator.prototype, 'locks');
  });
  afterEach(() => {
    Object.defineProperty(Navigator.prototype, 'locks', locks);
  });

  test('jobs of one name run one after another, a failed one stops none, and others run beside them', async () => {
    const tab = openTab(`exclusive ${kind}`);
    const happened: string[] = [];
    const job = (name: string) => async () => {
      happened.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      happened.push(`${name} ends`);
      if (name === 'first') throw new Error(name);
    };
    const [first, second, other] = await Promise.allSettled([
      tab.exclusive('memory', job('first')),
      tab.exclusive('memory', job('second')),
      tab.exclusive('another memory', job('other')),
    ]);
    expect([first.status, second.status, other.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(happened.filter((what) => !what.startsWith('other'))).toEqual([
      ...['first begins', 'first ends', 'second begins', 'second ends'],
    ]);
    expect(happened.indexOf('other begins')).toBeLessThan(happened.indexOf('first ends'));
  });
});
