import type { Article, Site } from './site.ts';
import { rows } from './tab-separated.ts';

/** One click of a visitor: where, towards what, and on which of the page's links. */
export interface Click {
  /** Hash of the visitor's address. */
  readonly visitor: string;
  readonly page: Article;
  readonly target: Article;
  readonly chosen: Article;
  /** Pages of this game before the click, those the visitor went back from too. */
  readonly visited: ReadonlySet<Article>;
  /** Clicks of this game before this one, those back included. */
  readonly step: number;
}

/**
 * The clicks of all games in the order of the file, which is that of time. `<` goes back, and is no click; a step that is none of the page's
 * links is left out. The target cannot be among the clicks: a game that reached it was not abandoned.
 * @param text rows `visitor, time, seconds, page;page;…, target, how it ended`
 */
export function* readClicks(text: string, { byName }: Site): Generator<Click> {
  for (const [visitor = '', , , path = '', targetName = ''] of rows(text)) {
    const target = byName.get(targetName);
    if (target) yield* clicksOf(visitor, path.split(';'), target, byName);
  }
}

function* clicksOf(
  visitor: string,
  path: readonly string[],
  target: Article,
  byName: Site['byName'],
): Generator<Click> {
  const trail: (Article | undefined)[] = [];
  const visited = new Set<Article>();
  for (const [index, name] of path.entries()) {
    if (name === '<') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const [page, chosen] = [trail.at(-1), byName.get(name)];
    if (page && chosen && chosen !== target && page.linked.has(chosen.id)) {
      yield { visitor, page, target, chosen, visited: new Set(visited), step: index - 1 };
    }
    trail.push(chosen);
    if (chosen) visited.add(chosen);
  }
}
