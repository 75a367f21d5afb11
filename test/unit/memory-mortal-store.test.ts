import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { mortalStore } from '../support/mortal-store.ts';
import { experienceRecord, settledUpdate } from '../support/records.ts';

it('a store that can be killed counts every operation that writes, and reads page by page', async () => {
  const { store, writes, kill } = mortalStore(new MemoryStore());
  await store.appendExperiences([experienceRecord('a')]);
  await store.settle([], [settledUpdate('d1')]);
  await store.prune({ modelKey: 'list@1', beforeMs: 0, upTo: 0 });
  await store.relieve(0.1);
  await store.forget({ modelKey: 'list@1', item: 'x' });
  await store.epoch('list@1');
  expect(writes).toEqual(['appendExperiences', 'settle', 'prune', 'relieve', 'forget']);
  const pages: unknown[] = [];
  for await (const page of store.pages('experiences')) pages.push(...page);
  expect(pages).toHaveLength(1);
  kill();
  const answer = await Promise.race([
    store.epoch('list@1'),
    new Promise((resolve) => setTimeout(resolve, 5, 'silence')),
  ]);
  expect(answer).toBe('silence');
});
