import { expect, it } from 'vitest';
import { LoadedOnce } from '../../src/runtime/loaded-once.ts';

it('what is asked for at once and again is loaded once', async () => {
  let loads = 0;
  const part = new LoadedOnce(() => Promise.resolve({ load: ++loads }));
  const [one, other] = await Promise.all([part.get(), part.get()]);
  expect([one, other, await part.get()]).toEqual([{ load: 1 }, { load: 1 }, { load: 1 }]);
  expect(one).toBe(other);
});

it('what could not be loaded is told to whoever waits, and loaded the next time', async () => {
  let loads = 0;
  const load = () => (++loads === 1 ? Promise.reject(new Error('offline')) : Promise.resolve(loads));
  const part = new LoadedOnce(load);
  const waiting = await Promise.allSettled([part.get(), part.get()]);
  expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect([await part.get(), await part.get(), loads]).toEqual([2, 2, 2]);
});
