import type { LocalTime } from '../../src/core/local-time.ts';
import type { Rng } from '../../src/core/rng.ts';
import type { ParsedFeatures } from '../../src/core/task.ts';
import { episodeOf, type Episode } from '../../src/memory/long-term/episode.ts';
import type { StoredExperience } from '../../src/memory/records.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Sunday. */
export const SUNDAY_MS = Date.UTC(2026, 1, 1);

export const utc = (atMs: number): LocalTime => {
  const date = new Date(atMs);
  return { weekday: date.getUTCDay(), hour: date.getUTCHours() };
};

interface Ranked {
  readonly candidate?: ParsedFeatures;
  readonly context?: ParsedFeatures;
  readonly reward?: number;
  readonly weight?: number;
  readonly atMs?: number;
  readonly supersedes?: string;
  readonly satisfaction?: number;
}

export function ranked(position: number, candidateId: string, rest: Ranked = {}): StoredExperience {
  const { candidate = {}, context = {}, reward = 1, weight = 1, atMs = SUNDAY_MS, supersedes, satisfaction } = rest;
  return {
    position,
    experienceId: `e${position}`,
    decisionId: `d${position}`,
    modelKey: 'list@1',
    observedAtMs: atMs,
    ...(supersedes !== undefined && { supersedes }),
    payload: {
      kind: 'ranking',
      context,
      candidateId,
      candidate,
      reward,
      ...(satisfaction !== undefined && { satisfaction }),
      propensity: 1,
      slot: 0,
      weight,
    },
  };
}

export function labelled(
  position: number,
  label: string,
  input: ParsedFeatures = {},
  atMs = SUNDAY_MS,
): StoredExperience {
  return {
    position,
    experienceId: `e${position}`,
    decisionId: `d${position}`,
    modelKey: 'list@1',
    observedAtMs: atMs,
    payload: { kind: 'classification', input, label, weight: 1 },
  };
}

export function episode(experience: StoredExperience): Episode {
  const made = episodeOf(experience, experience.observedAtMs);
  if (!made) throw new Error('it is consolidated');
  return made;
}

/** A visitor's log: weeks of visits, some of them changed later, some taken back. */
export function visitorLog(count: number, rng: Rng): StoredExperience[] {
  const revised = new Set<number>();
  return Array.from({ length: count }, (_, index): StoredExperience => {
    const position = index + 1;
    const atMs = SUNDAY_MS + index * 2 * HOUR_MS;
    const earlier = position - 1 - rng.nextInt(8);
    if (earlier > 0 && !revised.has(earlier) && rng.nextFloat() < 0.1) {
      revised.add(earlier).add(position);
      const item = earlier % 7;
      const weight = rng.nextFloat() < 0.3 ? 0 : 1;
      return ranked(position, `item-${item}`, {
        ...thing(item),
        reward: rng.nextFloat(),
        weight,
        atMs,
        supersedes: `e${earlier}`,
      });
    }
    return ranked(position, `item-${position % 7}`, { ...thing(position % 7), reward: rng.nextInt(2), atMs });
  });
}

function thing(item: number): Ranked {
  return {
    candidate: { topic: `topic-${item % 3}`, tags: [`tag-${item % 2}`, 'all'], price: item * 10 },
    context: { device: 'phone' },
  };
}
