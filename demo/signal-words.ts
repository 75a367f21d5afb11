import type { DecisionExplanation } from 'tendril';

import { count, percent } from './words.ts';

/** What a visitor did, in words; by the types that this page captures. */

type ExplainedSignal = DecisionExplanation['signals'][number];

/** One kind of thing that can be forgotten by itself. */
export interface SignalChoice {
  readonly id: string;
  readonly label: string;
  /** Forgotten together, in this order. */
  readonly types: readonly string[];
}

const READING = ['dwell', 'scroll', 'bounce'];
const MARKING = ['selection', 'copy'];

/** An opening is forgotten with all that belongs to it: what is left would say that the entry was looked at and passed over. */
export const signalChoices: readonly SignalChoice[] = [
  {
    id: 'opened',
    label: 'what you opened, and how you read it',
    types: [...READING, ...MARKING, 'why', 'completion', 'click'],
  },
  { id: 'reading', label: 'how long and how far you read', types: READING },
  { id: 'marked', label: 'what you marked or copied', types: MARKING },
  { id: 'visit', label: 'how long you stayed', types: ['session', 'abandonment'] },
  { id: 'asked', label: 'what you asked about', types: ['why'] },
];

type Words = (signal: ExplainedSignal) => string;

const phrases: Readonly<Record<string, Words>> = {
  click: () => 'you opened it',
  completion: () => 'you followed a link from it',
  dwell: ({ value }) => `you had it open for ${count(Math.max(1, Math.round(value)), 'second')}`,
  scroll: ({ value }) => (value >= 0.95 ? 'you read it to its end' : `you read down to ${percent(value)} of it`),
  selection: () => 'you marked some of its text',
  copy: () => 'you copied some of its text',
  bounce: ({ value }) => `you came back after ${count(Math.max(1, Math.round(value)), 'second')}`,
  why: () => 'you asked why it is here',
};

export function phraseOf(signal: ExplainedSignal): string {
  return phrases[signal.type]?.(signal) ?? signal.type;
}

const doubts: Readonly<Record<string, string>> = {
  automation: 'a program seems to have done it',
  untrusted: 'a script of the page did it',
  'impossible-speed': 'no hand is that fast',
  duplicate: 'it came twice at once',
  rate: 'it came too often',
  clock: 'the clock of this device had just been set',
};

/** Why a signal counts for nothing; null where it counts. */
export function doubtOf({ ignored, suspicion }: ExplainedSignal): string | null {
  if (ignored === null) return null;
  if (suspicion !== null) return doubts[suspicion] ?? suspicion;
  return ignored === 'after-window' ? 'it came too late' : 'it is about something else';
}
