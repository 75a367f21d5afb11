import { BitSet } from './bit-set.ts';
import { rows } from './tab-separated.ts';

/** An article of the site, with what the site knows of its own pages. */
export interface Article {
  /** Place in {@link Site.articles}. */
  readonly id: number;
  /** As in a URL. */
  readonly name: string;
  /** Lower-case words of the title, which is the text of every link to it. */
  readonly words: ReadonlySet<string>;
  /** Each category with those above it, as paths from the top: `Science`, `Science.Biology`. */
  readonly categories: ReadonlySet<string>;
  /** Ids of the articles that it links to, once each, in the order of the file, which is the alphabet's. */
  readonly links: readonly number[];
  readonly linked: BitSet;
  readonly linkedFrom: BitSet;
}

export interface Site {
  readonly articles: readonly Article[];
  readonly byName: ReadonlyMap<string, Article>;
}

/**
 * @param categoriesText rows `article, subject.Top.Sub…` @param linksText rows `from, to`
 */
export function readSite(categoriesText: string, linksText: string): Site {
  const [categories, links] = [grouped(categoriesText), grouped(linksText)];
  const names = [...new Set([...categories.keys(), ...links.keys(), ...[...links.values()].flat()])];
  const ids = new Map(names.map((name, id) => [name, id]));
  const targets = names.map((name) => [...new Set(links.get(name) ?? [])].map((to) => ids.get(to)!));
  const sources = names.map((): number[] => []);
  targets.forEach((ends, id) => ends.forEach((end) => sources[end]!.push(id)));
  const articles = names.map((name, id) => ({
    id,
    name,
    words: wordsOf(name),
    categories: new Set((categories.get(name) ?? []).flatMap(levels)),
    links: targets[id]!,
    linked: new BitSet(names.length, targets[id]!),
    linkedFrom: new BitSet(names.length, sources[id]!),
  }));
  return { articles, byName: new Map(articles.map((article) => [article.name, article])) };
}

function grouped(text: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key = '', value = ''] of rows(text)) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function wordsOf(name: string): Set<string> {
  return new Set(decodeURIComponent(name).toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

/** `subject.A.B` is in `A` and in `A.B`. */
function levels(category: string): string[] {
  const [, ...path] = category.split('.');
  return path.map((_, depth) => path.slice(0, depth + 1).join('.'));
}
