import { expect, test } from 'vitest';
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
