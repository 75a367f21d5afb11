import { BitSet } from './bit-set.ts';
import { rows } from './tab-separated.ts';

/** An article of the site, with what the site knows of its own pages. */
export interface Article {
  /** Place in {@link Site.articles}. */
  readonly id: number;
  /** As in a URL. */
  readonly name: string;
  /** Lower-case words of the title, which stands for the text of every link to it. */
  readonly words: ReadonlySet<string>;
  /** Each category with those above it, as paths from the top: `Science`, `Science.Biology`. */
  readonly categories: ReadonlySet<string>;
  /** The categories at the top; one made-up name where there is none. */
  readonly fields: readonly string[];
  /** The categories with none below them; one made-up name where there is none. */
  readonly topics: readonly string[];
  /** Ids of the articles that it links to, once each, in the order of the file, which is the alphabet's and not the page's. */
  readonly links: readonly number[];
  readonly linked: BitSet;
  readonly linkedFrom: BitSet;
}

export interface Site {
  readonly articles: readonly Article[];
  readonly byName: ReadonlyMap<string, Article>;
}

const NO_CATEGORY = '?';

/** @param categoriesText rows `article, subject.Top.Sub…` @param linksText rows `from, to` */
export function readSite(categoriesText: string, linksText: string): Site {
  const [categories, links] = [grouped(categoriesText), grouped(linksText)];
  const names = [...new Set([...categories.keys(), ...links.keys(), ...[...links.values()].flat()])];
  const ids = new Map(names.map((name, id) => [name, id]));
  const ends = names.map((name) => [...new Set(links.get(name))].flatMap((to) => ids.get(to) ?? []));
  const sources = names.map((): number[] => []);
  ends.forEach((of, id) => {
    for (const end of of) sources[end]!.push(id);
  });
  const articles = names.map((name, id) => ({
    id,
    name,
    words: wordsOf(name),
    ...categoriesOf(categories.get(name) ?? []),
    links: ends[id]!,
    linked: new BitSet(names.length, ends[id]!),
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
  return new Set(
    decodeURIComponent(name)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu),
  );
}

function categoriesOf(given: readonly string[]): Pick<Article, 'categories' | 'fields' | 'topics'> {
  // `subject.A.B` is in `A` and in `A.B`; all are in `subject`.
  const paths = given.map((category) => category.split('.').slice(1)).filter((path) => path.length > 0);
  const levels = paths.flatMap((path) => path.map((_, depth) => path.slice(0, depth + 1).join('.')));
  return {
    categories: new Set(levels),
    fields: distinct(paths.map((path) => path[0]!)),
    topics: distinct(paths.map((path) => path.join('.'))),
  };
}

function distinct(names: readonly string[]): string[] {
  return names.length === 0 ? [NO_CATEGORY] : [...new Set(names)];
}
