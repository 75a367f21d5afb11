import type { Features } from '../../../src/core/task.ts';
import { describe } from './candidate-features.ts';
import type { Click } from './games.ts';
import { Past } from './past.ts';
import type { Article, Site } from './site.ts';

/** A page with its links, before the click is learned. */
export interface Scene {
  readonly click: Click;
  /** Every link of the page but the target. */
  readonly list: readonly Article[];
  /** [list] */
  readonly candidates: readonly Features[];
  /** Place in the list of the link that was clicked. */
  readonly chosen: number;
}

/** Each scene is described with the clicks before it; its own click is counted after it was given out. */
export function* scenes(clicks: Iterable<Click>, { articles }: Site, count: number): Generator<Scene> {
  const past = new Past();
  let left = count;
  for (const click of clicks) {
    if (left-- === 0) return;
    const list = click.page.links.filter((id) => id !== click.target.id).map((id) => articles[id]!);
    yield { click, list, candidates: describe(click, list, past), chosen: list.indexOf(click.chosen) };
    past.learnOne(click, list);
  }
}
