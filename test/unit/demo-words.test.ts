import { describe, expect, test } from 'vitest';

import { accountSentences } from '../../demo/memory/account.ts';
import { weekTimes } from '../../demo/memory/week-times.ts';
import { doubtOf, phraseOf } from '../../demo/signal-words.ts';
import { count, listed, percent, startOfDay, time } from '../../demo/words.ts';

describe('numbers and times', () => {
  test('a share is a percentage that keeps what matters of a small one', () => {
    expect([0, 0.0004, 0.0123, 0.0999, 0.5, 0.996, 1].map(percent)).toEqual(
      ['0 %', 'under 0.1 %', '1.2 %', '10 %', '50 %', '100 %', '100 %'].map((text) => text.replace(' %', '\u00a0%')),
    );
  });

  test('one is one, and a list ends with "and"', () => {
    expect([count(1, 'note'), count(0, 'note'), count(1204, 'entry', 'entries')]).toEqual([
      '1 note',
      '0 notes',
      '1,204 entries',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  test('today is named, another day is dated', () => {
    const now = new Date(2026, 2, 14, 18, 5);
    expect(time(new Date(2026, 2, 14, 9, 7).getTime(), now)).toBe('today, 09:07');
    expect(time(new Date(2026, 2, 13, 23, 59).getTime(), now)).toBe('13 March 2026, 23:59');
    expect(startOfDay(now)).toEqual(new Date(2026, 2, 14));
  });
});

describe('times of the week', () => {
  test('days with the same hours stand together', () => {
    // Cells of four hours: 6 a day, Sunday first.
    expect(weekTimes([41, 5])).toBe('Sunday and Saturday 20–24');
    expect(weekTimes([6, 7, 12])).toBe('Monday 0–4 and 4–8; Tuesday 0–4');
    expect(weekTimes(Array.from({ length: 7 }, (_, day) => 6 * day + 2))).toBe('Every day 8–12');
    expect(weekTimes([0, 1, 2, 3, 4, 5])).toBe('Sunday all day');
  });
});

describe('the account of forgetting', () => {
  const account = (removed: Record<string, number>, restoredFrom = 0, relearned = 0) => ({
    removed,
    restoredFrom,
    relearned,
  });
  const error = null;

  test('says that there was nothing', () => {
    const accounts = [account({ signals: 0, experiences: 0, redacted: 0 }, 12)];
    expect(accountSentences({ accounts, error }, true)).toEqual([
      'Nothing of it was stored, so there was nothing to forget.',
    ]);
  });

  test('adds up what several requests have removed, and tells of the one that went back farthest', () => {
    const accounts = [
      account({ signals: 2, experiences: 1, knowledge: 1, redacted: 3 }, 40, 8),
      account({ signals: 3, experiences: 4, knowledge: 0, redacted: 0 }, 0, 44),
    ];
    expect(accountSentences({ accounts, error }, true)).toEqual([
      'Forgotten: 5 things that were noticed, 5 notes and 1 piece of lasting memory.',
      'It was struck out of 3 earlier orders of the list.',
      'Your reader went back to its beginning and learned the other 44 notes again.',
      'A model that was published before cannot be called back.',
    ]);
  });

  test('says that nothing had been learned from what was only noticed', () => {
    const accounts = [account({ signals: 1, experiences: 0 }, 12)];
    expect(accountSentences({ accounts, error }, false)).toEqual([
      'Forgotten: 1 thing that was noticed.',
      'Your reader had learned nothing from it.',
    ]);
  });

  test('says what could not be forgotten', () => {
    const failed = { code: 'STORAGE_FAILED', message: 'The storage failed.', details: {} } as const;
    expect(accountSentences({ accounts: [], error: failed }, false)).toEqual([
      'Not all of it could be forgotten: The storage failed.',
    ]);
  });
});

describe('signals', () => {
  const signal = { signalId: 's', type: 'dwell', atMs: 0, value: 12.4, item: 'a', ignored: null, suspicion: null };

  test('are told as what the visitor did', () => {
    expect(phraseOf(signal)).toBe('you had it open for 12 seconds');
    expect(phraseOf({ ...signal, type: 'scroll', value: 0.5 })).toBe('you read down to 50\u00a0% of it');
    expect(phraseOf({ ...signal, type: 'purchase' })).toBe('purchase');
  });

  test('are told with the reason where they do not count', () => {
    expect(doubtOf(signal)).toBeNull();
    expect(doubtOf({ ...signal, ignored: 'after-window' })).toBe('it came too late');
    expect(doubtOf({ ...signal, ignored: 'suspicious', suspicion: 'impossible-speed' })).toBe('no hand is that fast');
  });
});
