import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { isPlainExperience } from '../../src/memory/experience-check.ts';
import { decodeRow, encodeRow } from '../../src/memory/log-row.ts';
import { experienceRecord as schema, parseExperience, type ExperienceRecord } from '../../src/memory/records.ts';
import { experienceRecord, rankingExperience } from '../support/records.ts';

const features = { a: 1, b: 'x', c: null, d: ['x', 'y'], e: [1, 2] };
const payloads: ExperienceRecord['payload'][] = [
  { kind: 'classification', input: features, label: 'a', weight: 1, source: 'editor', signals: { thumb: 1 } },
  { kind: 'regression', input: features, value: 2, weight: 1 },
  { kind: 'forecasting', time: 3, value: null, features, known: [features, {}] },
  { kind: 'retrieval', event: { kind: 'up', itemId: 'x' }, signals: { thumb: -1 } },
  {
    kind: 'ranking',
    context: features,
    candidateId: 'x',
    candidate: features,
    reward: 0.5,
    signals: { dwell: 3 },
    censored: ['dwell'],
    satisfaction: 1,
    propensity: 0.1,
    slot: 2,
    weight: 1,
  },
];
const experiences = [
  rankingExperience('r', 'x'),
  ...payloads.map((payload, index) => experienceRecord(`e${index}`, { payload, supersedes: 'before' })),
].map((experience, index) => ({ ...experience, position: index + 1 }));

/** Every path into plain data. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, entry]) => pathsOf(entry).map((path) => [name, ...path]))];
}

function withValue(value: unknown, [name, ...rest]: readonly string[], entry: unknown): unknown {
  if (name === undefined) return entry;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = withValue(copy[name], rest, entry);
  return copy;
}

const odd = [undefined, null, NaN, '', 'x', -1, 0, 1.5, true, [], {}, [null], ['x', 1], new Date(0), new Uint8Array(1)];

describe('the quick check of the log', () => {
  it('knows every kind of experience', () => {
    for (const experience of experiences) expect(isPlainExperience(experience), experience.payload.kind).toBe(true);
  });

  it('lets nothing through that the schema would not, wherever something else stands', () => {
    let [refused, passed] = [0, 0];
    for (const experience of experiences) {
      for (const path of pathsOf(experience)) {
        for (const entry of odd) {
          const changed = withValue(experience, path, entry);
          if (!isPlainExperience(changed)) {
            refused++;
            continue;
          }
          passed++;
          const at = `${path.join('.')} = ${Array.isArray(entry) ? 'a list' : typeof entry}`;
          expect(v.is(schema, changed), at).toBe(true);
          expect(Number.isInteger((changed as { position: number }).position), at).toBe(true);
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(passed).toBeGreaterThan(50);
  });

  it('lets nothing through that the schema would not, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (anything) => {
        if (isPlainExperience(anything)) expect(v.is(schema, anything)).toBe(true);
      }),
    );
  });

  it('leaves to the schema what it does not know, and the schema says what is wrong', () => {
    const [, experience] = experiences;
    expect(parseExperience(experience)).toBe(experience);
    expect(() => parseExperience({ ...experience, decisionId: 5 })).toThrow(/decisionId|Expected string/);
  });
});

describe('a row of the log', () => {
  it('is text, and comes back as it was', () => {
    for (const { position: _, ...experience } of experiences) {
      const row = encodeRow(experience);
      expect(typeof row).toBe('string');
      expect(decodeRow(row)).toStrictEqual(experience);
    }
  });

  it('is the object itself where text would lose something', () => {
    for (const lost of [NaN, Infinity, -0, undefined, new Date(0), new Uint8Array(2), new Map(), 1n]) {
      const row = encodeRow({ nested: { list: [lost] } });
      expect(row).toStrictEqual({ nested: { list: [lost] } });
      expect(decodeRow(row)).toBe(row);
    }
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: false }), (value) => {
        expect(decodeRow(encodeRow({ value }))).toStrictEqual({ value });
      }),
    );
  });

  it('that is no JSON any more is given as it is', () => {
    expect(decodeRow('{')).toBe('{');
  });
});
