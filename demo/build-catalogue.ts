import { browsers, features, groups } from 'web-features';

import type { Baseline, Catalogue, Entry } from './entry.ts';

/**
 * Runs at build time. The package holds some 5 MB, most of it support by compatibility key; the reader needs less than a tenth.
 */

type Feature = Extract<(typeof features)[string], { kind: 'feature' }>;

const CORE_BROWSERS = ['chrome', 'edge', 'firefox', 'safari'] as const;

export function buildCatalogue(): Catalogue {
  const entries: Entry[] = [];
  let redirects = 0;
  for (const [id, feature] of Object.entries(features)) {
    if (feature.kind === 'feature') entries.push(toEntry(id, feature));
    else redirects += 1;
  }
  return { entries: entries.sort(newestFirst), topicNames: topicNames(entries), redirects };
}

function toEntry(id: string, feature: Feature): Entry {
  const paths = (feature.group ?? []).map(pathToRoot);
  return {
    id,
    name: feature.name,
    description: feature.description,
    topics: [...new Set(paths.flat())],
    roots: [...new Set(paths.map((path) => path.at(-1) ?? ''))],
    baseline: baselineOf(feature),
    baselineDate: day(feature.status.baseline_low_date),
    firstDate: firstDate(feature),
    specs: feature.spec,
    support: supportOf(feature),
    discouraged: feature.discouraged !== undefined,
  };
}

function baselineOf({ status: { baseline } }: Feature): Baseline {
  return baseline === 'high' || baseline === 'low' ? baseline : 'limited';
}

/** A group and its parents, the root last. */
function pathToRoot(group: string): string[] {
  const path = [group];
  for (let parent = groups[group]?.parent; parent !== undefined; parent = groups[parent]?.parent) path.push(parent);
  return path;
}

function supportOf(feature: Feature): Record<string, string> {
  const support: Record<string, string> = {};
  for (const browser of CORE_BROWSERS) {
    const release = feature.status.support[browser];
    if (release !== undefined) support[browsers[browser].name] = release;
  }
  return support;
}

function firstDate(feature: Feature): string | null {
  const dates = Object.entries<string>({ ...feature.status.support }).map(([browser, release]) => {
    const { releases } = browsers[browser as keyof typeof browsers];
    // "≤15" stands for "15 or an earlier one": its own date is the latest possible.
    return releases.find((candidate) => candidate.version === release.replace('≤', ''))?.date;
  });
  return dates.filter((date) => date !== undefined).sort()[0] ?? null;
}

function day(date: string | undefined): string | null {
  return date?.replace('≤', '') ?? null;
}

/** By the first browser's day; what no browser has shipped comes last; ties by id, so that each build gives the same order. */
function newestFirst(a: Entry, b: Entry): number {
  return (b.firstDate ?? '').localeCompare(a.firstDate ?? '') || a.id.localeCompare(b.id);
}

function topicNames(entries: readonly Entry[]): Record<string, string> {
  const used = [...new Set(entries.flatMap((entry) => entry.topics))].sort();
  return Object.fromEntries(used.map((id) => [id, groups[id]?.name ?? id]));
}
