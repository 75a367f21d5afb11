import type { Features, RankingTask } from '../../../src/core/task.ts';
import { amongList, commonLevels, logPlaces, overlap } from './closeness.ts';
import type { Past, Situation } from './past.ts';
import type { Article } from './site.ts';

type Columns = Readonly<Record<string, readonly number[]>>;

/** What the link graph and the categories say of each link, whoever looks for what. */
function ofPage({ page }: Situation, list: readonly Article[]): Columns {
  return {
    linksIn: list.map(({ linkedFrom }) => Math.log1p(linkedFrom.size)),
    linksOut: list.map(({ links }) => Math.log1p(links.length)),
    linksBack: list.map(({ linked }) => Number(linked.has(page.id))),
    linksLikePage: list.map(({ linked }) => Math.sqrt(linked.cosine(page.linked))),
    linkedLikePage: list.map(({ linkedFrom }) => Math.sqrt(linkedFrom.cosine(page.linkedFrom))),
    categoriesLikePage: list.map(({ categories }) => overlap(categories, page.categories)),
    titleLikePage: list.map(({ words }) => overlap(words, page.words)),
    country: list.map(({ categories }) => Number(categories.has('Countries'))),
    listSize: list.map(() => Math.log(list.length)),
  };
}

/** How near each link leads to what the visitor looks for. */
function towardsTarget({ target, step }: Situation, list: readonly Article[]): Columns {
  const linked = list.map(({ linkedFrom }) => Math.sqrt(linkedFrom.cosine(target.linkedFrom)));
  const ways = list.map((article) => Math.log1p(article.linked.shared(target.linkedFrom)));
  const title = list.map(({ words }) => overlap(words, target.words));
  return {
    linksToTarget: list.map((article) => Number(article.linked.has(target.id))),
    waysToTarget: ways,
    waysAmongList: amongList(ways),
    linksLikeTarget: list.map((article) => Math.sqrt(article.linked.cosine(target.linked))),
    linkedLikeTarget: linked,
    linkedAmongList: amongList(linked),
    linkedPlace: logPlaces(linked),
    linkedLater: linked.map((value) => value * Math.log1p(step)),
    titleLikeTarget: title,
    titleAmongList: amongList(title),
    categoriesLikeTarget: list.map(({ categories }) => overlap(categories, target.categories)),
    levelsWithTarget: list.map(({ categories }) => commonLevels(categories, target.categories)),
  };
}

/** What was clicked before, by all visitors and by this one. */
function ofPast(situation: Situation, list: readonly Article[], past: Past): Columns {
  const shares = past.shares(situation, list);
  const overall = Array.from(shares.overall, Math.log);
  const lifts = list.map((article) => past.lifts(situation, article));
  return {
    ...Object.fromEntries(Object.entries(shares).map(([name, of]) => [name, Array.from(of, Math.log)])),
    overallPlace: logPlaces(overall),
    overallAtStart: overall.map((value) => (situation.step === 0 ? value : 0)),
    ownClicks: Array.from(past.ownClicks(situation, list), Math.log1p),
    articleForField: lifts.map(({ articleForField }) => articleForField),
    topicForField: lifts.map(({ topicForField }) => topicForField),
    topicForTopic: lifts.map(({ topicForTopic }) => topicForTopic),
  };
}

function ofGame({ visited, step }: Situation, list: readonly Article[]): Columns {
  return {
    visited: list.map((article) => Number(visited.has(article))),
    step: list.map(() => Math.log1p(step)),
    linksOutAtStart: list.map(({ links }) => (step === 0 ? Math.log1p(links.length) : 0)),
  };
}

/** The numbers that a page declares for each of its links; of clicks they know the past only. */
export function describe(situation: Situation, list: readonly Article[], past: Past): Features[] {
  const columns = {
    ...ofPage(situation, list),
    ...towardsTarget(situation, list),
    ...ofPast(situation, list, past),
    ...ofGame(situation, list),
  };
  const entries = Object.entries(columns);
  return list.map((_, index) => Object.fromEntries(entries.map(([name, values]) => [name, values[index]!])));
}

const NAMES = [
  ...['linksIn', 'linksOut', 'linksBack', 'linksLikePage', 'linkedLikePage', 'categoriesLikePage', 'titleLikePage'],
  ...['country', 'listSize', 'linksToTarget', 'waysToTarget', 'waysAmongList', 'linksLikeTarget', 'linkedLikeTarget'],
  ...['linkedAmongList', 'linkedPlace', 'linkedLater', 'titleLikeTarget', 'titleAmongList', 'categoriesLikeTarget'],
  ...['levelsWithTarget', 'overall', 'lately', 'here', 'hereForField', 'forField', 'forTopic', 'forTarget', 'atStep'],
  ...['overallPlace', 'overallAtStart', 'ownClicks', 'articleForField', 'topicForField', 'topicForTopic'],
  ...['visited', 'step', 'linksOutAtStart'],
];

export const task: RankingTask = {
  id: 'wikispeedia',
  kind: 'ranking',
  schema: { candidate: Object.fromEntries(NAMES.map((name) => [name, 'numeric'])) },
};
