import { ClickCounts, shares } from './click-counts.ts';
import type { Click } from './games.ts';
import { Lift } from './lift.ts';
import type { Article } from './site.ts';

/** Where a visitor is, before the click is known. */
export type Situation = Omit<Click, 'chosen'>;

/** Clicks of the memory for what is popular lately. */
const LATELY = 500;
/** Steps of a game that are told apart; those after them are one. */
const STEPS = 3;

const ANYWHERE = ['anywhere'];

/** What a site's statistics know of the clicks that were made before. */
export class Past {
  readonly #counts = new ClickCounts();
  readonly #lately = new ClickCounts(LATELY);
  readonly #byArticle = new Lift();
  readonly #byTopic = new Lift();

  /** [candidates] each: shares of the clicks on this list as the clicks on the same links elsewhere let expect them. */
  shares(situation: Situation, list: readonly Article[]) {
    const ids = list.map(({ id }) => id);
    const keys = keysOf(situation);
    const given = (key: readonly string[], coarser: Float64Array) => shares(this.#counts.of(key, ids), coarser);
    const overall = given(ANYWHERE, linkedShares(list));
    const here = given(keys.page, overall);
    const forField = given(keys.fields, overall);
    const forTopic = given(keys.topics, forField);
    return {
      overall,
      lately: shares(this.#lately.of(ANYWHERE, ids), overall),
      here,
      hereForField: given(keys.pageAndFields, here),
      forField,
      forTopic,
      forTarget: given(keys.target, forTopic),
      atStep: given(keys.step, overall),
    };
  }

  /** [candidates] how often this visitor clicked each before. */
  ownClicks({ visitor }: Situation, list: readonly Article[]): Float64Array {
    return this.#counts.of(
      [`visitor ${visitor}`],
      list.map(({ id }) => id),
    );
  }

  /** How much more often than by chance links of these kinds are clicked on the way to such targets, in logarithms. */
  lifts({ target }: Situation, { name, topics }: Article) {
    return {
      articleForField: this.#byArticle.of(target.fields, [name]),
      topicForField: this.#byTopic.of(target.fields, topics),
      topicForTopic: this.#byTopic.of(target.topics, topics),
    };
  }

  /** @param list that was shown, with what was chosen among it */
  learnOne(click: Click, list: readonly Article[]): void {
    const { page, fields, topics, pageAndFields, target, step, visitor } = keysOf(click);
    this.#counts.add(
      [...ANYWHERE, ...page, ...fields, ...topics, ...pageAndFields, ...target, ...step, ...visitor],
      click.chosen.id,
    );
    this.#lately.add(ANYWHERE, click.chosen.id);
    // A topic without one above it is a field too; counted once.
    const situations = [...new Set([...click.target.fields, ...click.target.topics])];
    for (const article of list) {
      const clicked = article === click.chosen;
      this.#byArticle.add(click.target.fields, [article.name], 1 / list.length, clicked);
      this.#byTopic.add(situations, article.topics, 1 / list.length, clicked);
    }
  }
}

function keysOf({ page, target, step, visitor }: Situation) {
  return {
    page: [`page ${page.id}`],
    pageAndFields: target.fields.map((field) => `page ${page.id} for field ${field}`),
    target: [`target ${target.id}`],
    topics: target.topics.map((topic) => `topic ${topic}`),
    fields: target.fields.map((field) => `field ${field}`),
    step: [`step ${Math.min(STEPS, step)}`],
    visitor: [`visitor ${visitor}`],
  };
}

/** [candidates] before any click: by how many articles link to each. */
function linkedShares(list: readonly Article[]): Float64Array {
  const linked = Float64Array.from(list, ({ linkedFrom }) => linkedFrom.size + 0.5);
  const total = linked.reduce((sum, count) => sum + count, 0);
  return linked.map((count) => count / total);
}
