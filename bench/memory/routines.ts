import { liveWithModel, liveWithObserver, type Lived } from './routine-players.ts';
import { EVERY_DAY, type VisitorOptions } from './routine-visitors.ts';
import type { Figure, FigureSection } from '../sections/section.ts';

/** Decisions at the beginning and at the end of a spell that are compared. */
const COMPARED = 3;
/** The first week acquaints: until then most of what is met is met for the first time. */
const FIRST_DAY = 7;
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
/** How long after a switch of unknown timing it is looked at. */
const LOOKED_AT = 12;
const RECOGNISED = 0.9;

const ordinary = {
  routines: 2,
  topics: 7,
  liked: 2,
  shared: 0,
  click: 0.55,
  noise: 0.07,
  items: 9,
  decisionsPerDay: 14,
};

/** Neither these visitors nor their seeds were looked at when the defaults were chosen. */
export const CALENDAR_VISITORS: readonly VisitorOptions[] = [
  { ...ordinary, name: 'evenings', rhythm: { kind: 'calendar', days: EVERY_DAY, from: 17, to: 24 } },
  { ...ordinary, name: 'weekends', decisionsPerDay: 10, rhythm: { kind: 'calendar', days: [0, 6], from: 0, to: 24 } },
  {
    ...{ ...ordinary, name: 'working hours', topics: 9, liked: 3, shared: 1, noise: 0.05 },
    rhythm: { kind: 'calendar', days: [1, 2, 3, 4, 5], from: 9, to: 18 },
  },
  { ...ordinary, name: 'three weekdays', items: 12, rhythm: { kind: 'calendar', days: [1, 3, 5], from: 0, to: 24 } },
];
export const SPELL_VISITORS: readonly VisitorOptions[] = [
  { ...ordinary, name: 'two projects', rhythm: { kind: 'spells', least: 3, most: 4 } },
  {
    ...{ ...ordinary, name: 'three projects', routines: 3, topics: 9, noise: 0.05, decisionsPerDay: 18 },
    rhythm: { kind: 'spells', least: 2, most: 4 },
  },
];

interface Spell {
  readonly routine: number;
  readonly decisions: readonly Lived[];
}

function spellsOf(lived: readonly Lived[]): Spell[] {
  const spells: { routine: number; decisions: Lived[] }[] = [];
  for (const decision of lived) {
    const last = spells.at(-1);
    if (last?.routine === decision.routine) last.decisions.push(decision);
    else spells.push({ routine: decision.routine, decisions: [decision] });
  }
  return spells.filter(({ decisions }) => decisions.length >= COMPARED);
}

interface Return {
  /** Decisions after the switch. */
  readonly back: readonly Lived[];
  /** The end of the spell before of the same routine. */
  readonly before: readonly Lived[];
}

/** Switches to a routine that was met before, after the first week. */
function returnsOf(lived: readonly Lived[]): Return[] {
  const spells = spellsOf(lived);
  return spells.flatMap(({ routine, decisions: back }, index) => {
    const earlier = spells
      .slice(0, index)
      .filter((spell) => spell.routine === routine)
      .at(-1);
    return earlier && back[0]!.day >= FIRST_DAY ? [{ back, before: earlier.decisions.slice(-COMPARED) }] : [];
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const shares = (decisions: readonly Lived[]): number => mean(decisions.map(({ share }) => share));

/** Mean over the visitors and half the width of its 95 % interval (normal, over visitors as they are independent). */
function interval(values: readonly number[]): { value: number; half: number } {
  const value = mean(values);
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1);
  return { value, half: 1.96 * Math.sqrt(variance / values.length) };
}

async function livesOf(
  visitors: readonly VisitorOptions[],
  live: (visitor: VisitorOptions, seed: number) => Promise<Lived[]>,
): Promise<Lived[][]> {
  const lives: Lived[][] = [];
  for (const visitor of visitors) for (const seed of SEEDS) lives.push(await live(visitor, seed));
  return lives;
}

/** @param skipped decisions after the switch that are not compared */
function difference(lives: readonly Lived[][], skipped = 0): { value: number; half: number } {
  const perVisitor = lives.flatMap((lived) => {
    const all = returnsOf(lived).filter(({ back }) => back.length >= skipped + COMPARED);
    if (all.length === 0) return [];
    return [mean(all.map(({ back, before }) => shares(back.slice(skipped, skipped + COMPARED)) - shares(before)))];
  });
  return interval(perVisitor);
}

function level(lives: readonly Lived[][]): number {
  return mean(lives.map((lived) => shares(lived.filter(({ day }) => day >= FIRST_DAY))));
}

/** Decisions after a switch before the first place is again worth nine tenths of what it was at the end of the spell before, on average. */
function decisionsUntilRecognised(lives: readonly Lived[][]): number {
  const all = lives.flatMap((lived) => returnsOf(lived));
  const goal = RECOGNISED * mean(all.map(({ before }) => shares(before)));
  for (let at = 0; at < LOOKED_AT; at++) {
    if (shares(all.flatMap(({ back }) => back[at] ?? [])) >= goal) return at;
  }
  return LOOKED_AT;
}

const text = ({ value, half }: { value: number; half: number }): string => `${value.toFixed(3)} ± ${half.toFixed(3)}`;

async function calendarFigures(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const [on, off] = [
    { memory: 'on', timed: true },
    { memory: 'off', timed: true },
  ] as const;
  const [all, none]: [Lived[][], Lived[][]] = [[], []];
  for (const visitor of CALENDAR_VISITORS) {
    const lives = await livesOf([visitor], (one, seed) => liveWithModel(one, seed, on));
    const without = await livesOf([visitor], (one, seed) => liveWithModel(one, seed, off));
    const [difference1, difference0] = [difference(lives), difference(without)];
    figures.push({
      what: `${visitor.name}: first ${COMPARED} decisions of a spell against the last ${COMPARED} of the one before`,
      ...{
        value: difference1.value,
        unit: 'of the best order',
        note: `${text(difference1)}; without memory ${text(difference0)}`,
      },
    });
    all.push(...lives);
    none.push(...without);
  }
  return [...calendarTotals(all, none), ...figures];
}

/** The difference may be no more than a twentieth of what lies between a chance order and the best. */
const TOLERANCE = 0.05;

function calendarTotals(all: readonly Lived[][], none: readonly Lived[][]): Figure[] {
  const [on, off] = [difference(all), difference(none)];
  const what = 'routines that follow the calendar: first decisions after a switch against the end of the spell before';
  const unit = 'of the best order';
  return [
    { what: `${what}, with memory`, value: on.value, unit, goal: { atLeast: -TOLERANCE }, note: `${text(on)} (95 %)` },
    { what: `${what}, without`, value: off.value, unit, note: `${text(off)} (95 %)` },
    { what: 'the same visitors, all decisions after the first week, with memory', value: level(all), unit },
    { what: 'the same, without', value: level(none), unit },
  ];
}

async function spellFigures(): Promise<Figure[]> {
  const on = await livesOf(SPELL_VISITORS, (one, seed) => liveWithModel(one, seed, { memory: 'on', timed: false }));
  const timed = await livesOf(SPELL_VISITORS, (one, seed) => liveWithModel(one, seed, { memory: 'on', timed: true }));
  const off = await livesOf(SPELL_VISITORS, (one, seed) => liveWithModel(one, seed, { memory: 'off', timed: false }));
  const best = await livesOf(SPELL_VISITORS, liveWithObserver);
  const rows: readonly (readonly [string, Lived[][]])[] = [
    ['with memory', on],
    ['with memory, told the time', timed],
    ['without', off],
    ['an observer that knows all tastes', best],
  ];
  return rows.flatMap(([name, lives]) => {
    const [first, later] = [difference(lives), difference(lives, COMPARED)];
    return [
      {
        what: `spells that no clock tells: decisions until a returning routine is recognised, ${name}`,
        ...{ value: decisionsUntilRecognised(lives), unit: 'decisions', note: `${LOOKED_AT}: not within so many` },
      },
      {
        what: `the same: decisions ${COMPARED + 1} to ${2 * COMPARED} against the end of the spell before, ${name}`,
        ...{
          value: later.value,
          unit: 'of the best order',
          note: `${text(later)}; the first ${COMPARED}: ${text(first)}`,
        },
      },
      { what: `the same, all decisions after the first week, ${name}`, value: level(lives), unit: 'of the best order' },
    ];
  });
}

/** Whether what matters comes back with its time. */
export const routines: FigureSection = {
  key: 'routines',
  title: 'Routines that come back',
  protocol:
    `Simulated visitors over 30 days, ${SEEDS.length} seeds each, through the ranking model and its policy in Node: lists of candidates by topic and author, looked at ` +
    'from the top to the first click. What they like changes with the routine: by the calendar (evenings, weekends, working hours, three weekdays), or in spells of two to ' +
    'four days that no clock tells. A figure is of the first place: its chance of a click, from 0 for the mean of the list to 1 for its best; after the first week, over all ' +
    'returns of a routine. The defaults were chosen on other visitors, with other seeds.',
  measure: async () => [...(await calendarFigures()), ...(await spellFigures())],
};
