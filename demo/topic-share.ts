import type { Entry } from './entry.ts';

/** How many of the first `TOP` entries have the topic, in the page's own order and in the present one. */
export interface TopicShare {
  readonly topic: string;
  readonly before: number;
  readonly now: number;
}

export const TOP = 10;
export const NO_TOPIC = 'other';

/** The topics of both tops, the most frequent now first. An entry with two root topics counts for both. */
export function topicShares(before: readonly Entry[], now: readonly Entry[]): TopicShare[] {
  const [then, today] = [countTopics(before), countTopics(now)];
  const topics = [...new Set([...today.keys(), ...then.keys()])];
  return topics
    .map((topic) => ({ topic, before: then.get(topic) ?? 0, now: today.get(topic) ?? 0 }))
    .sort((a, b) => b.now - a.now || b.before - a.before || a.topic.localeCompare(b.topic));
}

export function rootsOf(entry: Entry): readonly string[] {
  return entry.roots.length > 0 ? entry.roots : [NO_TOPIC];
}

function countTopics(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const topic of entries.slice(0, TOP).flatMap(rootsOf)) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
