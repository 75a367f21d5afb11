import { readFileSync } from 'node:fs';

export interface Article {
  readonly name: string;
  readonly title: string;
  readonly words: ReadonlySet<string>;
  /** Every level of each of its categories, without the common root. */
  readonly categories: ReadonlySet<string>;
  /** The first and the last level of each of its categories. */
  readonly topics: readonly string[];
  /** Names of linked articles. */
  readonly links: readonly string[];
}

/** One click of a visitor: where, towards what, and on which of the page's links. */
export interface Click {
  readonly page: Article;
  readonly target: Article;
  readonly chosen: string;
  /** Pages of this path before the click. */
  readonly visited: ReadonlySet<string>;
}

function lines(path: string): string[][] {
  const all = readFileSync(path, 'utf8').split('\n');
  return all.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t'));
}

function grouped(path: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key = '', value = ''] of lines(path)) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function levels(category: string): string[] {
  return category.split('.').slice(1);
}

export function readArticles(categoriesFile: string, linksFile: string): ReadonlyMap<string, Article> {
  const [categories, links] = [grouped(categoriesFile), grouped(linksFile)];
  const names = new Set([...categories.keys(), ...links.keys()]);
  return new Map(
    [...names].map((name) => {
      const title = decodeURIComponent(name).replaceAll('_', ' ');
      const article: Article = {
        name,
        title,
        words: new Set(title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
        categories: new Set((categories.get(name) ?? []).flatMap(levels)),
        topics: [
          ...new Set(
            (categories.get(name) ?? []).map(levels).flatMap((path) => [...path.slice(0, 1), ...path.slice(-1)]),
          ),
        ],
        links: links.get(name) ?? [],
      };
      return [name, article];
    }),
  );
}

/** The clicks of all paths in the order of the file, which is the order of time; `<` goes back, and is no click. */
export function* readClicks(pathsFile: string, articles: ReadonlyMap<string, Article>): Generator<Click> {
  for (const [, , , path = '', targetName = ''] of lines(pathsFile)) {
    const target = articles.get(targetName);
    if (!target) continue;
    const trail: string[] = [];
    const visited = new Set<string>();
    for (const step of path.split(';')) {
      if (step === '<') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const page = articles.get(trail.at(-1) ?? '');
      if (page?.links.includes(step) === true) yield { page, target, chosen: step, visited };
      trail.push(step);
      visited.add(step);
    }
  }
}
