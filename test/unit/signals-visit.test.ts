import { describe, expect, it } from 'vitest';
import { ActiveTime } from '../../src/signals/capture/active-time.ts';
import { ClockWatch } from '../../src/signals/capture/clock-watch.ts';
import { Quality } from '../../src/signals/capture/quality.ts';
import { Recorder, type Happening } from '../../src/signals/capture/recorder.ts';
import { Visit } from '../../src/signals/capture/visit.ts';
import type { Signal } from '../../src/core/signal.ts';
import { HandTime, signal } from './signals-fixture.ts';

function openVisit() {
  const time = new HandTime();
  const told: Happening[] = [];
  const visit = new Visit(new ActiveTime(time, 15_000, true), (happening) => told.push(happening));
  return { time, told, visit };
}

const about = (decisionId: string, type = 'impression') => signal({ type, decisionId, item: 'a' });

describe('the visit', () => {
  it('tells its active time in parts, of each decision from when it was first seen', () => {
    const { time, told, visit } = openVisit();
    visit.note(about('first'));
    time.pass(4_000);
    visit.note(about('second'));
    time.pass(2_000);
    visit.leave(false);
    const values = told.map(({ type, subject, value, censored }) => [type, subject?.decisionId, value, censored]);
    expect(values).toEqual([
      ['session', 'first', 6, true],
      ['session', 'second', 2, true],
    ]);
    told.length = 0;
    visit.leave(true);
    expect(told.map(({ type }) => type)).toEqual(['abandonment', 'abandonment']);
  });

  it('goes over from the list of a task to its decision', () => {
    const { time, told, visit } = openVisit();
    visit.note(signal({ type: 'impression', taskId: 'news', item: 'a' }));
    time.pass(2_000);
    visit.meet({ decisionId: 'd', taskId: 'news' });
    time.pass(1_000);
    visit.leave(true);
    expect(told.map(({ type, subject, value }) => [type, subject?.decisionId, value])).toEqual([
      ['session', 'd', 3],
      ['abandonment', 'd', undefined],
    ]);
  });

  it('is one of the page where there is no decision', () => {
    const { time, told, visit } = openVisit();
    time.pass(3_000);
    visit.leave(true);
    expect(told).toEqual([{ type: 'session', subject: { place: '' }, value: 3, censored: false }]);
  });

  it.each(['click', 'thumb', 'copy', 'selection', 'completion', 'media', 'my-own'])(
    'is not abandoned after %s',
    (type) => {
      const { told, visit } = openVisit();
      visit.note(about('d'));
      visit.note(about('d', type));
      visit.leave(true);
      expect(told).toEqual([]);
    },
  );

  it.each(['hover', 'dwell', 'scroll', 'prediction-latency'])('is abandoned after nothing but %s', (type) => {
    const { told, visit } = openVisit();
    visit.note(about('d'));
    visit.note(about('d', type));
    visit.leave(false);
    expect(told).toEqual([]);
    visit.leave(true);
    visit.leave(true);
    expect(told).toMatchObject([{ type: 'abandonment', subject: { decisionId: 'd' } }]);
    expect(told[0]?.subject?.item).toBeUndefined();
  });

  it('is not abandoned where nothing was shown', () => {
    const { told, visit } = openVisit();
    visit.note(about('d', 'hover'));
    visit.leave(true);
    expect(told).toEqual([]);
  });
});

describe('the recorder', () => {
  function openRecorder(sampling?: Record<string, number>, automated = false) {
    const time = new HandTime();
    const added: Signal[] = [];
    const noted: Signal[] = [];
    const urgent: boolean[] = [];
    const recorder = new Recorder({
      pageId: 'page',
      ...(sampling && { sampling }),
      time: new ClockWatch(time),
      quality: new Quality(automated),
      queue: {
        add: (made, isUrgent) => {
          added.push(made);
          urgent.push(isUrgent);
        },
      },
      onSignal: (made) => noted.push(made),
    });
    return { time, added, noted, urgent, recorder };
  }

  it('names and dates what happened', () => {
    const { time, added, urgent, recorder } = openRecorder();
    recorder.record({ type: 'dwell', subject: { decisionId: 'd', item: 'a', place: 'x' }, value: 2.5, censored: true });
    recorder.record({ type: 'click', subject: { taskId: 't', item: 'a', place: 'y' } });
    expect(added).toEqual([
      { signalId: 'page:0', type: 'dwell', atMs: time.wall, value: 2.5, decisionId: 'd', item: 'a', censored: true },
      { signalId: 'page:1', type: 'click', atMs: time.wall, value: 1, taskId: 't', item: 'a' },
    ]);
    expect(urgent).toEqual([false, true]);
  });

  it('takes what the page gives, with its own name and time', () => {
    const { added, recorder } = openRecorder();
    recorder.give({ type: 'prediction-latency', value: 12 });
    recorder.give({ type: 'thumb', value: -1, decisionId: 'd', item: 'a', signalId: 'mine', atMs: 5 });
    expect(added).toMatchObject([
      { signalId: 'page:0', type: 'prediction-latency', value: 12 },
      { signalId: 'mine', type: 'thumb', atMs: 5, value: -1 },
    ]);
  });

  it('leaves out what is not sampled, the same each time', () => {
    const run = () => {
      const { added, recorder } = openRecorder({ hover: 0.3 });
      for (let i = 0; i < 20; i++) recorder.record({ type: 'hover', subject: { item: `${i}`, place: `${i}` } });
      return { ids: added.map(({ signalId }) => signalId), counts: recorder.counts };
    };
    const { ids, counts } = run();
    expect((counts.captured.hover ?? 0) + counts.sampledOut).toBe(20);
    expect(counts.sampledOut).toBeGreaterThan(5);
    expect(counts.captured.hover).toBeGreaterThan(0);
    expect(run().ids).toEqual(ids);
  });

  it('keeps what is suspicious, and does not let it count', () => {
    const { added, noted, recorder } = openRecorder(undefined, true);
    recorder.record({ type: 'click' });
    expect(added).toMatchObject([{ suspicion: 'automation' }]);
    expect(noted).toEqual([]);
  });
});
