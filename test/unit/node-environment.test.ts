import { expect, it } from 'vitest';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';

it('jobs of one name run one after another, and others beside them', async () => {
  const tab = nodeEnvironment().openTabs('test');
  const happened: string[] = [];
  const job = (name: string) => async () => {
    happened.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    happened.push(`${name} ends`);
    return name;
  };
  const given = ['first', 'second'].map((name) => tab.exclusive('memory', job(name)));
  expect(await Promise.all([...given, tab.exclusive('another', job('other'))])).toEqual(['first', 'second', 'other']);
  expect(happened).toEqual([
    ...['first begins', 'other begins'],
    ...['first ends', 'second begins', 'other ends', 'second ends'],
  ]);
});
