import type { LocalTime } from '../../src/core/local-time.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Features, RankingTask } from '../../src/core/task.ts';

/** Simulated visitors whose taste depends on the routine that they are in. */

/** What decides which routine it is. */
export type Rhythm =
  /** The second routine on these weekdays between these hours, the first at all other times. */
  | {
      readonly kind: 'calendar';
      readonly days: readonly number[];
      readonly from: number;
      readonly to: number;
    }
  /** Spells of so many days, drawn anew each time: no clock tells. */
  | { readonly kind: 'spells'; readonly least: number; readonly most: number };

export interface VisitorOptions {
  readonly name: string;
  readonly rhythm: Rhythm;
  readonly routines: number;
  readonly topics: number;
  /** Topics that are liked in a routine, and how many of them in every routine. */
  readonly liked: number;
  readonly shared: number;
  /** Chance of a click on what is liked, and on what is not. */
  readonly click: number;
  readonly noise: number;
  /** Candidates of a decision. */
  readonly items: number;
  readonly decisionsPerDay: number;
}

export interface VisitorDecision {
  /** From 0, a Monday. */
  readonly day: number;
  readonly when: LocalTime;
  readonly atMs: number;
  readonly routine: number;
  readonly candidates: readonly Features[];
  /** [routines][candidates] chance of a click in each routine. */
  readonly chances: readonly (readonly number[])[];
}

export const DAYS = 30;
const DAY_MS = 86_400_000;
const FIRST_MONDAY_MS = 4 * DAY_MS;
const [FIRST_HOUR, LAST_HOUR] = [6, 24];
const AUTHORS = 12;
/** Spread of what an author adds to the log-odds of a click, in every routine. */
const AUTHOR_SPREAD = 0.4;
/** Candidates that a visitor looks at, from the top. */
const LOOKS = 6;

export const EVERY_DAY: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

export const visitorTask: RankingTask = {
  id: 'routines',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical', author: 'categorical', minutes: 'numeric' } },
  exploration: { slots: 3 },
};

/** All decisions of thirty days, in the order of time. */
export function* visitorDecisions(options: VisitorOptions, seed: number): Generator<VisitorDecision> {
  const rng = Rng.fromSeed(seed);
  const tastes = drawTastes(options, rng);
  const authors = Array.from({ length: AUTHORS }, () => AUTHOR_SPREAD * rng.nextGaussian());
  const spells = drawSpells(options, rng);
  for (let day = 0; day < DAYS; day++) {
    for (const hours of drawHours(options.decisionsPerDay, rng)) {
      const when = { weekday: (day + 1) % 7, hour: Math.floor(hours) };
      const routine = spells?.[day] ?? calendarRoutine(options.rhythm, when);
      const atMs = FIRST_MONDAY_MS + day * DAY_MS + Math.round((hours / 24) * DAY_MS);
      yield { day, when, atMs, routine, ...drawList(options, tastes, authors, rng) };
    }
  }
}

/** What the visitor looked at, from the top, and what it clicked: the first that pleases it; null where none does. */
export function lookAt(
  order: readonly number[],
  chances: readonly number[],
  rng: Rng,
): { readonly passed: readonly number[]; readonly clicked: number | null } {
  const looked = order.slice(0, LOOKS);
  const place = looked.findIndex((index) => rng.nextFloat() < chances[index]!);
  return place === -1
    ? { passed: looked.slice(0, 1), clicked: null }
    : { passed: looked.slice(0, place), clicked: looked[place]! };
}

type Taste = ReadonlySet<number>;

function drawTastes({ routines, topics, liked, shared }: VisitorOptions, rng: Rng): readonly Taste[] {
  const order = rng.shuffle(Array.from({ length: topics }, (_, topic) => topic));
  const own = liked - shared;
  return Array.from({ length: routines }, (_, routine) => {
    const start = shared + routine * own;
    return new Set([...order.slice(0, shared), ...order.slice(start, start + own)]);
  });
}

/** [days] the routine of each; null where the calendar tells. */
function drawSpells({ rhythm, routines }: VisitorOptions, rng: Rng): readonly number[] | null {
  if (rhythm.kind !== 'spells') return null;
  const days: number[] = [];
  let routine = 0;
  while (days.length < DAYS) {
    const length = rhythm.least + rng.nextInt(rhythm.most - rhythm.least + 1);
    for (let day = 0; day < length; day++) days.push(routine);
    routine = (routine + 1 + rng.nextInt(routines - 1)) % routines;
  }
  return days;
}

function calendarRoutine(rhythm: Rhythm, { weekday, hour }: LocalTime): number {
  if (rhythm.kind !== 'calendar') return 0;
  return rhythm.days.includes(weekday) && hour >= rhythm.from && hour < rhythm.to ? 1 : 0;
}

function drawHours(count: number, rng: Rng): readonly number[] {
  const hours = Array.from({ length: count }, () => FIRST_HOUR + (LAST_HOUR - FIRST_HOUR) * rng.nextFloat());
  return hours.sort((a, b) => a - b);
}

function drawList(
  { topics, items, click, noise }: VisitorOptions,
  tastes: readonly Taste[],
  authors: readonly number[],
  rng: Rng,
): Pick<VisitorDecision, 'candidates' | 'chances'> {
  const list = Array.from({ length: items }, () => ({
    ...{ topic: rng.nextInt(topics), author: rng.nextInt(AUTHORS), minutes: 5 + rng.nextGaussian() },
  }));
  const chances = tastes.map((taste) =>
    list.map(({ topic, author }) => {
      const chance = taste.has(topic) ? click : noise;
      return 1 / (1 + Math.exp(-(Math.log(chance / (1 - chance)) + authors[author]!)));
    }),
  );
  const candidates = list.map(({ topic, author, minutes }) => ({ topic: `t${topic}`, author: `a${author}`, minutes }));
  return { candidates, chances };
}
