import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { affectedBy } from '../../src/memory/long-term/affected.ts';
import { Consolidation } from '../../src/memory/long-term/consolidate.ts';
import { parseKnowledge, type KnowledgeRecord } from '../../src/memory/long-term/knowledge.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { DAY_MS, HOUR_MS, labelled, ranked, SUNDAY_MS, utc, visitorLog } from './long-term-fixture.ts';

const options = { modelKey: 'list@1', localTime: utc };
const NOW_MS = SUNDAY_MS + 100 * DAY_MS;

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const yieldToEvents = () => Promise.resolve();

const stateOf = (consolidation: Consolidation) => consolidation.stateInSlices(yieldToEvents);

const parsed = (parts: Record<string, string>): Record<string, object> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, JSON.parse(part) as object]));

async function resumed(parts: unknown, { modelKey } = options): Promise<Consolidation> {
  const consolidation = new Consolidation({ ...options, modelKey });
  await consolidation.resume(structuredClone(parts), yieldToEvents);
  return consolidation;
}

function consolidated(log: readonly StoredExperience[]): KnowledgeRecord[] {
  const consolidation = new Consolidation(options);
  consolidation.step(log);
  return consolidation.finish(NOW_MS).records;
}

const preference = (records: readonly KnowledgeRecord[], key: string) => {
  const found = records.find((record) => record.kind === 'preference' && record.key === key);
  return found?.kind === 'preference' ? found.value : null;
};

describe('consolidation', () => {
  it('gives the same however the log is cut, and goes on from its stored state as if it had not stopped', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 399 }), { maxLength: 6 }).map((at) => at.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), cuts, async (seed, at) => {
        const log = visitorLog(400, Rng.fromSeed(seed));
        const whole = new Consolidation(options);
        whole.step(log);
        let part = new Consolidation(options);
        for (const [index, end] of [...at, log.length].entries()) {
          const begin = index === 0 ? 0 : Math.max(0, (at[index - 1] ?? 0) - 3);
          part.step(log.slice(begin, end));
          part = await resumed(await stateOf(part));
        }
        expect(stored(part.finish(NOW_MS))).toEqual(stored(whole.finish(NOW_MS)));
        expect(parsed(await stateOf(part))).toEqual(parsed(await stateOf(whole)));
      }),
      { numRuns: 25 },
    );
  });

  it('gives way to events after each part of its state, read or written', async () => {
    let yields = 0;
    const count = () => {
      yields++;
      return Promise.resolve();
    };
    const consolidation = new Consolidation(options);
    consolidation.step(visitorLog(100, Rng.fromSeed(3)));
    const parts = await consolidation.stateInSlices(count);
    expect(yields).toBe(Object.keys(parts).length);
    await new Consolidation(options).resume(parts, count);
    // Each part is parsed, and then each of the seven members that have a state is restored.
    expect(yields).toBe(2 * Object.keys(parts).length + 7);
  });

  it('makes records of every kind that can be read again, each with its episodes', () => {
    const log = visitorLog(300, Rng.fromSeed(1));
    const records = consolidated(log);
    expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(['exemplar', 'prototype', 'preference']));
    for (const record of records) {
      expect(parseKnowledge(JSON.parse(JSON.stringify(record)))).toEqual(record);
      expect(record.knowledgeId).toBe(`list@1/${record.kind}:${record.key}:1`);
      expect(record).toMatchObject({ revision: 1, supersedes: null, supersededAtMs: null, madeAtMs: NOW_MS });
      const { from, to, count, positions } = record.sources;
      expect(positions).toHaveLength(Math.min(count, 16));
      for (const position of positions) expect(position >= from && position <= to && to <= 300).toBe(true);
    }
    expect(new Set(records.map(({ knowledgeId }) => knowledgeId)).size).toBe(records.length);
  });

  it('supersedes what it made before, and leaves alone what has no new evidence', () => {
    const consolidation = new Consolidation(options);
    consolidation.step(
      [1, 2, 3].map((position) => ranked(position, 'a')).concat([4, 5].map((position) => ranked(position, 'b'))),
    );
    const first = consolidation.finish(NOW_MS).records;
    expect(consolidation.finish(NOW_MS).records).toEqual([]);
    consolidation.step([ranked(6, 'a', { reward: 0 })]);
    const second = consolidation.finish(NOW_MS + 1).records;
    expect(second.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      'exemplar slot-5',
      'preference item:a',
      'prototype cluster-0',
    ]);
    const revised = second.find(({ key }) => key === 'item:a');
    const before = first.find(({ key }) => key === 'item:a');
    expect(revised).toMatchObject({
      revision: 2,
      supersedes: before?.knowledgeId,
      knowledgeId: 'list@1/preference:item:a:2',
    });
  });

  it('says that something stands no more', () => {
    const consolidation = new Consolidation(options);
    consolidation.step([1, 2, 3].map((position) => ranked(position, 'a')));
    consolidation.finish(NOW_MS);
    const many = Array.from({ length: 4000 }, (_, index) =>
      ranked(index + 4, `new-${index % 300}`, { atMs: SUNDAY_MS + 200 * DAY_MS }),
    );
    consolidation.step(many);
    const { records, report } = consolidation.finish(NOW_MS + 200 * DAY_MS);
    const gone = records.filter(({ value }) => value === null);
    expect(gone.map(({ knowledgeId, supersedes }) => [knowledgeId, supersedes])).toContainEqual([
      'list@1/preference:item:a:2',
      'list@1/preference:item:a:1',
    ]);
    expect(report.byKind.preference.kept).toBe(256);
  });

  it('counts an interaction once, as it was known last', () => {
    const thought = [ranked(1, 'a', { reward: 1 }), ranked(2, 'b', { reward: 1 }), ranked(3, 'c', { reward: 0 })];
    const later = { atMs: SUNDAY_MS + 5 * DAY_MS };
    const revisions = [
      ranked(4, 'a', { ...later, reward: 0, supersedes: 'e1' }),
      ranked(5, 'b', { ...later, weight: 0, reward: 0, supersedes: 'e2' }),
      ranked(6, 'a', { ...later, reward: 0.25, supersedes: 'e4' }),
    ];
    const rest = [ranked(7, 'a'), ranked(8, 'a'), ranked(9, 'b'), ranked(10, 'b'), ranked(11, 'c'), ranked(12, 'c')];
    const records = consolidated([...thought, ...revisions, ...rest]);
    const known = consolidated([ranked(1, 'a', { reward: 0.25 }), ranked(3, 'c', { reward: 0 }), ...rest]);
    for (const key of ['item:a', 'item:b', 'item:c']) {
      preference(known, key)?.halfLives.forEach(({ weight, reward }, h) => {
        const found = preference(records, key)?.halfLives[h];
        expect(found?.weight).toBeCloseTo(weight, 9);
        expect(found?.reward).toBeCloseTo(reward, 9);
      });
    }
    const exemplars = records.filter(({ kind, value }) => kind === 'exemplar' && value !== null);
    expect(exemplars.map(({ sources }) => sources.from).sort((a, b) => a - b)).toEqual([3, 6, 7, 8, 9, 10, 11, 12]);
    const weights = records.flatMap((record) =>
      record.kind === 'prototype' && record.value ? [record.value.weight] : [],
    );
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(8, 9);
  });

  it('takes up again what was taken back', () => {
    const revisions = [
      ranked(2, 'a', { weight: 0, reward: 0, supersedes: 'e1' }),
      ranked(3, 'a', { reward: 1, supersedes: 'e2' }),
    ];
    const records = consolidated([ranked(1, 'a', { reward: 0 }), ...revisions, ranked(4, 'a'), ranked(5, 'a')]);
    expect(preference(records, 'item:a')?.halfLives[0]).toMatchObject({ weight: 3, reward: 1 });
    expect(records.filter(({ kind, value }) => kind === 'exemplar' && value !== null)).toHaveLength(3);
  });

  it('says what it kept and dropped', () => {
    const consolidation = new Consolidation(options);
    const log = Array.from({ length: 1000 }, (_, index) => labelled(index + 1, `label-${index % 3}`, { x: index % 5 }));
    consolidation.step([...log, ranked(1001, 'a', { supersedes: 'never seen' })]);
    const { report } = consolidation.finish(NOW_MS);
    expect(report).toMatchObject({ consolidatedTo: 1001, atMs: NOW_MS, read: 1001, revised: 0, revisedTooLate: 1 });
    expect(report.byKind.exemplar).toEqual({ kept: 256, dropped: 745 });
    expect(report.kept).toBe(Object.values(report.byKind).reduce((sum, { kept }) => sum + kept, 0));
    expect(report.dropped).toBe(Object.values(report.byKind).reduce((sum, { dropped }) => sum + dropped, 0));
    consolidation.step([]);
    expect(consolidation.finish(NOW_MS).report).toMatchObject({ read: 0, dropped: 0 });
  });

  it('finds recurring contexts, and says from which one an exemplar is', () => {
    const rng = Rng.fromSeed(3);
    const log = Array.from({ length: 3000 }, (_, index) => {
      const atMs = SUNDAY_MS + Math.floor(index / 4) * 3 * HOUR_MS;
      const morning = utc(atMs).hour < 12;
      const topic = index % 2 === 0 ? 'news' : 'games';
      const reward = rng.nextFloat() < ((topic === 'news') === morning ? 0.8 : 0.1) ? 1 : 0;
      return ranked(index + 1, `i${index}`, { candidate: { topic }, atMs, reward });
    });
    const consolidation = new Consolidation(options);
    consolidation.step(log);
    consolidation.prepare(NOW_MS);
    const contexts = consolidation.finish(NOW_MS).records.filter(({ kind }) => kind === 'context');
    expect(contexts.map(({ key }) => key)).toEqual(['context-0', 'context-1']);
    consolidation.step([
      ranked(3001, 'rare', { candidate: { topic: 'news' }, atMs: NOW_MS + 9 * HOUR_MS, satisfaction: 1 }),
    ]);
    const added = Array.from({ length: 200 }, (_, index) =>
      ranked(3002 + index, 'rare', { atMs: NOW_MS + 9 * HOUR_MS }),
    );
    consolidation.step(added);
    const { records } = consolidation.finish(NOW_MS);
    const inContext = records.filter(
      (record) => record.kind === 'exemplar' && record.value?.context?.startsWith('context-'),
    );
    expect(inContext.length).toBeGreaterThan(0);
  });

  it('leaves to others what they keep themselves', () => {
    const { modelKey, decisionId, observedAtMs } = ranked(1, 'a');
    const event: StoredExperience = {
      position: 1,
      experienceId: 'e1',
      decisionId,
      modelKey,
      observedAtMs,
      payload: { kind: 'retrieval', event: { kind: 'up' } },
    };
    const consolidation = new Consolidation(options);
    consolidation.step([event]);
    expect(consolidation.consolidatedTo).toBe(1);
    expect(consolidation.finish(NOW_MS).records).toEqual([]);
  });

  it('goes on from the records where its state was lost, and keeps exemplars whose episodes are gone', () => {
    const log = Array.from({ length: 300 }, (_, index) => ranked(index + 1, 'a', { reward: index % 2 }));
    const before = consolidated(log);
    const consolidation = new Consolidation({ ...options, standing: before });
    // What is left of the log.
    consolidation.step([...log.slice(200), ranked(301, 'a', { supersedes: 'e290' }), ranked(302, 'a')]);
    const { records, report } = consolidation.finish(NOW_MS);
    const preferred = records.find(({ key }) => key === 'item:a');
    expect(preferred).toMatchObject({ revision: 2, supersedes: 'list@1/preference:item:a:1', sources: { from: 201 } });
    expect(report.byKind.exemplar.kept).toBe(256);
    const standing = new Map([...before, ...records].map((record) => [`${record.kind} ${record.key}`, record]));
    const held = [...standing.values()].filter(({ kind, value }) => kind === 'exemplar' && value !== null);
    const positions = held.map(({ sources }) => sources.from);
    expect(new Set(positions).size).toBe(256);
    expect(positions.filter((position) => position <= 200).length).toBeGreaterThan(100);
  });

  it('stays bounded', async () => {
    const rng = Rng.fromSeed(1);
    const consolidation = new Consolidation(options);
    const sizes: number[] = [];
    for (let page = 0; page < 10; page++) {
      consolidation.step(
        Array.from({ length: 1000 }, (_, index) =>
          ranked(1000 * page + index + 1, `item-${rng.nextInt(1e9)}`, {
            candidate: { word: `word-${rng.nextInt(1e9)}`, n: rng.nextGaussian() },
            atMs: SUNDAY_MS + page * DAY_MS,
          }),
        ),
      );
      consolidation.finish(NOW_MS);
      sizes.push(JSON.stringify(await stateOf(consolidation)).length);
    }
    expect(Math.max(...sizes)).toBeLessThan(1_500_000);
    expect((sizes.at(-1) ?? 0) / (sizes[5] ?? 1)).toBeLessThan(1.2);
  });

  it('refuses a state that is damaged, or of another model', async () => {
    const consolidation = new Consolidation(options);
    consolidation.step(visitorLog(100, Rng.fromSeed(1)));
    const parts = await stateOf(consolidation);
    const whole = parsed(parts);
    const damaged: Record<string, unknown> = {
      format: 2,
      rng: [1, 2, 3],
      consolidatedTo: -1,
      ledger: [['a', 1, 2, 3, null, 'x', NaN]],
      contexts: { ...whole['contexts'], totals: [1] },
      preferences: { ...whole['preferences'], all: { atMs: 0, sums: [1, 2, 3] } },
      prototypes: { ...whole['prototypes'], clusters: [{}] },
      exemplars: { ...whole['exemplars'], slots: [5] },
    };
    for (const [name, part] of Object.entries(damaged))
      await expectCode(() => resumed({ ...parts, [name]: JSON.stringify(part) }), 'CHECKPOINT_CORRUPT');
    for (const one of [null, 'x', {}, whole, { ...parts, ledger: '{' }, { ...parts, exemplars: 'null' }])
      await expectCode(() => resumed(one), 'CHECKPOINT_CORRUPT');
    await expectCode(() => resumed(parts, { ...options, modelKey: 'other' }), 'CHECKPOINT_CORRUPT');
    expect(parsed(await stateOf(await resumed(parts)))).toEqual(whole);
  });
});

describe('entries that something was forgotten of', () => {
  const entry = (from: number, to: number, count: number, positions: number[]): KnowledgeRecord => ({
    knowledgeId: `${from}-${to}`,
    modelKey: 'm',
    kind: 'context',
    key: 'k',
    revision: 1,
    supersedes: null,
    supersededAtMs: null,
    madeAtMs: 1,
    sources: { from, to, count, positions },
    value: null,
  });
  const records = [entry(1, 5, 2, [1, 5]), entry(3, 90, 40, [3, 50, 90]), entry(100, 100, 1, [100])];
  const found = (removed: Parameters<typeof affectedBy>[1]) =>
    affectedBy(records, removed).map(({ record, certain }) => [record.knowledgeId, certain]);

  it('are named for sure where they name it, and as possible where they do not name all', () => {
    expect(found({ positions: [5] })).toEqual([
      ['1-5', true],
      ['3-90', false],
    ]);
    expect(found({ positions: [50] })).toEqual([['3-90', true]]);
    expect(found({ positions: [2] })).toEqual([]);
    expect(found({ ranges: [{ from: 91, to: 120 }] })).toEqual([['100-100', true]]);
    expect(found({ ranges: [{ from: 60, to: 70 }] })).toEqual([['3-90', false]]);
    expect(found({})).toEqual([]);
  });
});
