import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import type { SignalJournal } from '../../src/signals/capture/capture-options.ts';
import { DeliveryQueue } from '../../src/signals/capture/delivery-queue.ts';
import { HandTime, MemoryJournal, settled, signal } from './signals-fixture.ts';

interface Worker {
  readonly batches: Signal[][];
  answer: (batch: readonly Signal[]) => Promise<boolean>;
}

function open<J extends SignalJournal = MemoryJournal>(journal: J = new MemoryJournal() as SignalJournal as J) {
  const time = new HandTime();
  const worker: Worker = { batches: [], answer: async () => true };
  const queue = new DeliveryQueue({
    timers: time,
    journal,
    deliver: (batch) => {
      worker.batches.push([...batch]);
      return worker.answer(batch);
    },
  });
  queue.start();
  return { time, worker, queue, journal };
}

const never = (): Promise<boolean> => new Promise(() => undefined);
const many = (count: number, rest: Partial<Signal> = {}) => Array.from({ length: count }, () => signal(rest));

describe('delivery', () => {
  it('waits a second for more', () => {
    const { time, worker, queue } = open();
    const given = many(3);
    for (const each of given) queue.add(each, false);
    time.pass(999);
    expect(worker.batches).toEqual([]);
    time.pass(1);
    expect(worker.batches).toEqual([given]);
  });

  it('does not wait where fifty are there, or one is urgent', () => {
    const { time, worker, queue } = open();
    for (const each of many(50)) queue.add(each, false);
    expect(worker.batches).toEqual([]);
    time.pass(0);
    expect(worker.batches.map(({ length }) => length)).toEqual([50]);
    queue.add(signal(), false);
    queue.add(signal({ type: 'click' }), true);
    time.pass(0);
    expect(worker.batches.map(({ length }) => length)).toEqual([50, 2]);
  });

  it('writes to the journal when the page may end, and never otherwise: that is slow', async () => {
    const { time, queue, journal } = open();
    let saves = 0;
    const save = journal.save.bind(journal);
    journal.save = (signals) => {
      saves++;
      save(signals);
    };
    queue.add(signal({ type: 'click' }), true);
    time.pass(0);
    await settled();
    time.pass(10_000);
    expect(saves).toBe(0);
    const last = signal({ type: 'click' });
    queue.add(last, true);
    queue.leave();
    expect([saves, journal.entries]).toEqual([1, [last]]);
    await settled();
    expect([saves, journal.entries]).toEqual([2, []]);
  });

  it('sends again what was refused or failed, after a pause that doubles, in order', async () => {
    const { time, worker, queue } = open();
    const [first, second] = many(2);
    worker.answer = async () => false;
    queue.add(first!, true);
    time.pass(0);
    await settled();
    queue.add(second!, true);
    time.pass(999);
    expect(worker.batches).toHaveLength(1);
    worker.answer = () => Promise.reject(new Error('gone'));
    time.pass(1);
    await settled();
    expect(worker.batches[1]).toEqual([first, second]);
    time.pass(1_999);
    expect(worker.batches).toHaveLength(2);
    worker.answer = async () => true;
    time.pass(1);
    await settled();
    expect(worker.batches[2]).toEqual([first, second]);
    time.pass(600_000);
    expect(worker.batches).toHaveLength(3);
  });

  it('sends again what nobody answers for 30 s, and takes a late answer', async () => {
    const { time, worker, queue } = open();
    const answers: ((stored: boolean) => void)[] = [];
    worker.answer = () => new Promise((resolve) => answers.push(resolve));
    queue.add(signal(), true);
    time.pass(29_999);
    expect(worker.batches).toHaveLength(1);
    time.pass(1);
    answers[0]!(true);
    await settled();
    time.pass(60_000);
    expect(worker.batches).toHaveLength(1);
  });

  it('keeps what is not acknowledged when the page is left, and forgets it when it is', async () => {
    const { time, worker, queue, journal } = open();
    const answers: ((stored: boolean) => void)[] = [];
    worker.answer = () => new Promise((resolve) => answers.push(resolve));
    const [flying, waiting] = many(2);
    queue.add(flying!, true);
    time.pass(0);
    queue.add(waiting!, false);
    queue.leave();
    expect(journal.entries).toEqual([flying, waiting]);
    expect(worker.batches).toEqual([[flying], [waiting]]);
    answers[0]!(true);
    await settled();
    expect(journal.entries).toEqual([waiting]);
    answers[1]!(true);
    await settled();
    expect(journal.entries).toEqual([]);
  });

  it('keeps what comes after the page is left before anything else can run', async () => {
    const { time, worker, queue, journal } = open();
    worker.answer = never;
    queue.leave();
    const late = signal({ type: 'lcp' });
    queue.add(late, false);
    await Promise.resolve();
    expect(journal.entries).toEqual([late]);
    time.pass(0);
    expect(worker.batches).toEqual([[late]]);
    queue.resume();
    queue.add(signal(), false);
    await Promise.resolve();
    expect(journal.entries).toEqual([late]);
  });

  it('delivers what an earlier page could not, and leaves what other tabs keep', async () => {
    const journal = new MemoryJournal();
    const earlier = many(2);
    journal.save(earlier);
    const { time, worker, queue } = open(journal);
    const others = signal();
    journal.save([...earlier, others]);
    time.pass(0);
    await settled();
    expect(worker.batches).toEqual([earlier]);
    time.pass(1_000);
    expect(journal.entries).toEqual([others]);
    worker.answer = never;
    const own = signal();
    queue.add(own, false);
    queue.leave();
    queue.leave();
    expect(journal.entries).toEqual([others, own]);
  });

  it('holds a thousand: beyond that the oldest that was not said on purpose goes', async () => {
    const { time, worker, queue } = open();
    worker.answer = async () => false;
    const said = signal({ type: 'thumb' });
    const implicit = many(1_001);
    queue.add(said, false);
    for (const each of implicit) queue.add(each, false);
    expect(queue.dropped).toBe(2);
    worker.answer = async () => true;
    time.pass(2_000);
    await settled();
    expect(worker.batches.flat()).toEqual([said, ...implicit.slice(2)]);
  });

  it('loses the oldest of all where all were said on purpose', () => {
    const { time, worker, queue } = open();
    const said = many(1_001, { type: 'thumb' });
    for (const each of said) queue.add(each, false);
    time.pass(0);
    expect(worker.batches.flat()).toEqual(said.slice(1));
  });

  it('says when it has delivered', async () => {
    const { worker, queue } = open();
    let stored = false;
    worker.answer = async () => {
      await settled();
      stored = true;
      return true;
    };
    queue.add(signal(), false);
    await queue.flush();
    expect(stored).toBe(true);
  });

  it('has nothing left when it is stopped', async () => {
    const journal = new MemoryJournal();
    const { time, worker, queue } = open(journal);
    const answers: ((stored: boolean) => void)[] = [];
    worker.answer = () => new Promise((resolve) => answers.push(resolve));
    queue.add(signal(), true);
    time.pass(0);
    queue.leave();
    queue.add(signal(), false);
    queue.stop();
    expect(journal.entries).toEqual([]);
    answers[0]!(false);
    await settled();
    queue.add(signal(), true);
    queue.leave();
    time.pass(100_000);
    expect(worker.batches).toHaveLength(1);
    expect(journal.entries).toEqual([]);
  });

  it('does without a journal that fails', async () => {
    const journal = {
      load: (): Signal[] => {
        throw new Error('closed');
      },
      save: () => {
        throw new Error('closed');
      },
    };
    const { worker, queue } = open(journal);
    queue.add(signal(), false);
    queue.leave();
    await settled();
    expect(worker.batches).toHaveLength(1);
    queue.stop();
  });
});
