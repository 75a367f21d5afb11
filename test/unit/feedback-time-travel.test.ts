import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/signal.ts';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { settle, type SettledItems } from '../../src/feedback/settle.ts';
import { rulesFor, type AttributionRules } from '../../src/feedback/signal-rules.ts';
import type { DecisionRecord, ExperienceRecord } from '../../src/memory/records.ts';
import '../support/fixed-seed.ts';
import {
  DAY_MS,
  decisionOf,
  DECIDED_MS,
  entryOf,
  itemAt,
  MINUTE_MS,
  rankingOf,
  visitorSignals,
} from './feedback-fixture.ts';

const rules = rulesFor();
const byFormula = rulesFor(
  { windows: { click: 3600, purchase: 14 * 24 * 3600 }, settleAfter: 90 },
  new RewardFormula({
    terms: [
      { signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 0.5 },
      { signal: 'click', weight: 0.2 },
      { signal: 'purchase', weight: 1 },
      { signal: 'abandonment', weight: -0.3 },
    ],
  }),
);
/** Later than everything that can arrive, and than every window. */
const END_MS = DECIDED_MS + 60 * DAY_MS;

interface Arrival {
  readonly signal: Signal;
  readonly atMs: number;
}

/** Signals arrive at once, minutes later, or days later (kept by a page that was closed), and some twice. */
function arrivalsOf(signals: readonly Signal[]): fc.Arbitrary<Arrival[]> {
  const delay = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 40 * MINUTE_MS }),
    fc.integer({ min: 0, max: 20 * DAY_MS }),
  );
  const deliveries = signals.map((signal) =>
    fc
      .array(delay, { minLength: 1, maxLength: 2 })
      .map((delays) => delays.map((late): Arrival => ({ signal, atMs: signal.atMs + late }))),
  );
  return fc.tuple(...deliveries).map((all) => all.flat().sort((a, b) => a.atMs - b.atMs));
}

/** What lasts between two loads of the page. */
class Device {
  stored: readonly Signal[] = [];
  settled: SettledItems = {};
  readonly log = new Map<string, ExperienceRecord>();
  readonly #decision: DecisionRecord;
  readonly #rules: AttributionRules;

  constructor(decision: DecisionRecord, used: AttributionRules) {
    this.#decision = decision;
    this.#rules = used;
  }

  receive(signals: readonly Signal[]): void {
    this.stored = [...this.stored, ...signals];
  }

  /** @returns the next time at which something is due */
  settle(nowMs: number): number | null {
    const { experiences, settled, nextDueAtMs } = settle(
      this.#decision,
      this.stored,
      this.settled,
      entryOf,
      this.#rules,
      nowMs,
    );
    for (const experience of experiences) {
      expect(this.log.has(experience.experienceId)).toBe(false);
      if (experience.supersedes !== undefined) expect(this.log.has(experience.supersedes)).toBe(true);
      this.log.set(experience.experienceId, experience);
    }
    this.settled = settled;
    return nextDueAtMs;
  }

  reload(): void {
    this.stored = structuredClone(this.stored);
    this.settled = JSON.parse(JSON.stringify(this.settled)) as SettledItems;
  }

  /** What stands at the end: not superseded and not taken back. */
  standing(): unknown[] {
    const superseded = new Set([...this.log.values()].map(({ supersedes }) => supersedes));
    return [...this.log.values()]
      .filter(
        ({ experienceId, payload }) => !superseded.has(experienceId) && !('weight' in payload && payload.weight === 0),
      )
      .map(meaningOf)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
}

/** What an experience says, apart from when it was written. */
function meaningOf({ payload }: ExperienceRecord): unknown {
  if (payload.kind === 'ranking')
    return [payload.candidateId, payload.slot, payload.reward, payload.satisfaction ?? null, payload.propensity];
  if (payload.kind === 'classification') return [payload.label];
  if (payload.kind !== 'retrieval') return payload;
  const { eventId: _, atMs: __, ...event } = payload.event;
  return event;
}

/** All signals at once, when everything is over. */
function judgedAtTheEnd(decision: DecisionRecord, signals: readonly Signal[], used: AttributionRules): Device {
  const device = new Device(decision, used);
  device.receive(signals);
  expect(device.settle(END_MS)).toBeNull();
  return device;
}

const ranking = rankingOf(30);
const classified = decisionOf({
  kind: 'classification',
  input: { x: 1 },
  probabilities: { [itemAt(0)]: 0.2, [itemAt(1)]: 0.8 },
});
const retrieved = decisionOf({
  kind: 'retrieval',
  query: { text: 'q' },
  found: [0, 1, 2].map((slot) => ({ id: itemAt(slot), score: 1 })),
});
const items = [0, 1, 2, 5, 9, 10, 11, 12, 20, 29].map(itemAt);

const visits = fc.oneof(visitorSignals(items.slice(0, 4), 12), visitorSignals(items, 40)).chain((signals) =>
  fc.record({
    signals: fc.constant(signals),
    arrivals: arrivalsOf(signals),
    looks: fc.array(
      fc.integer({ min: 0, max: 21 * DAY_MS }).map((afterMs) => DECIDED_MS + afterMs),
      { maxLength: 10 },
    ),
    reloads: fc.boolean(),
    decision: fc.constantFrom(ranking, ranking, ranking, classified, retrieved),
    used: fc.constantFrom(rules, byFormula),
  }),
);

describe('attribution over time', () => {
  it('comes to what one look at all signals gives, however they arrive and whoever looks when', () => {
    fc.assert(
      fc.property(visits, ({ signals, arrivals, looks, reloads, decision, used }) => {
        const device = new Device(decision, used);
        const moments = [...new Set([...arrivals.map(({ atMs }) => atMs), ...looks])].sort((a, b) => a - b);
        for (const nowMs of moments) {
          device.receive(arrivals.filter(({ atMs }) => atMs === nowMs).map(({ signal }) => signal));
          device.settle(nowMs);
          if (reloads) device.reload();
        }
        expect(device.settle(END_MS)).toBeNull();
        expect(device.settle(END_MS + 1)).toBeNull();
        expect(device.standing()).toEqual(judgedAtTheEnd(decision, signals, used).standing());
      }),
      { numRuns: 400 },
    );
  });

  it('needs no look but at an arrival and when it asks for one', () => {
    fc.assert(
      fc.property(visits, ({ signals, arrivals, decision, used }) => {
        const device = new Device(decision, used);
        let dueAtMs = device.settle(DECIDED_MS);
        const wakeUntil = (untilMs: number): void => {
          for (let wakes = 0; dueAtMs !== null && dueAtMs < untilMs; wakes++) {
            expect(wakes).toBeLessThan(200);
            const nowMs = dueAtMs;
            dueAtMs = device.settle(nowMs);
            if (dueAtMs !== null) expect(dueAtMs).toBeGreaterThan(nowMs);
          }
        };
        for (const { signal, atMs } of arrivals) {
          wakeUntil(atMs);
          device.receive([signal]);
          dueAtMs = device.settle(atMs);
        }
        wakeUntil(Infinity);
        expect(device.standing()).toEqual(judgedAtTheEnd(decision, signals, used).standing());
      }),
      { numRuns: 200 },
    );
  });

  it('writes the same from two tabs that settle the same', () => {
    fc.assert(
      fc.property(visits, ({ signals, looks, decision, used }) => {
        const tabs = [new Device(decision, used), new Device(decision, used)];
        for (const [index, nowMs] of [...looks, END_MS].sort((a, b) => a - b).entries()) {
          const [one, other] = index % 2 === 0 ? tabs : tabs.toReversed();
          one?.receive(signals.filter(({ atMs }) => atMs <= nowMs));
          other?.receive(signals.filter(({ atMs }) => atMs <= nowMs).toReversed());
          for (const tab of tabs) tab.settle(nowMs);
        }
        expect([...(tabs[0]?.log.keys() ?? [])]).toEqual([...(tabs[1]?.log.keys() ?? [])]);
      }),
      { numRuns: 100 },
    );
  });
});
