import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';
import { deviceTime, type LocalTime } from '../../core/local-time.ts';
import { Rng } from '../../core/rng.ts';
import type { StoredExperience } from '../records.ts';
import { Contexts, contextKey, contextsSchema, type StandingContext } from './contexts.ts';
import { episodeOf, type Episode } from './episode.ts';
import { Exemplars, exemplarsSchema } from './exemplars.ts';
import { knowledgeKinds, type KnowledgeKind, type KnowledgeRecord } from './knowledge.ts';
import { Ledger, ledgerSchema, type LedgerEntry } from './ledger.ts';
import { Preferences, preferencesSchema, type Preference } from './preferences.ts';
import { Prototypes, prototypesSchema } from './prototypes.ts';
import { Revisions, revisionsSchema } from './revisions.ts';
import { sourcesOf, type Sources } from './sources.ts';

export interface ConsolidationOptions {
  readonly modelKey: string;
  /** Default 1. */
  readonly seed?: number;
  /** Default: the device's time zone. */
  readonly localTime?: (ms: number) => LocalTime;
  /** Records that stand, where the state was lost: exemplars stay, and what is made anew of the log takes the place of the rest. */
  readonly standing?: readonly KnowledgeRecord[];
}

/** What a consolidation kept and dropped, since the one before it. */
export interface ConsolidationAccount {
  /** Log position that has been taken in. */
  readonly consolidatedTo: number;
  readonly atMs: number;
  /** Episodes that were read. */
  readonly read: number;
  /** Of them, those that took the place of an earlier one. */
  readonly revised: number;
  /** Of them, those whose earlier one is too old to be taken back: both count. */
  readonly revisedTooLate: number;
  /** Entries that stand now. */
  readonly kept: number;
  /** Entries and candidates for entries that had to go or were not taken. */
  readonly dropped: number;
  readonly byKind: Readonly<Record<KnowledgeKind, { readonly kept: number; readonly dropped: number }>>;
}

/** Entries of preferences that are written, and the evidence that one needs. */
const PREFERENCES = 256;
const LEAST_WEIGHT = 2;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const stateSchema = v.object({
  format: v.literal(1),
  modelKey: v.string(),
  consolidatedTo: count,
  read: count,
  revised: count,
  revisedTooLate: count,
  rng: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.length(4)),
  droppedBefore: v.object({ exemplar: v.number(), prototype: v.number(), preference: v.number(), context: v.number() }),
  exemplars: exemplarsSchema,
  prototypes: prototypesSchema,
  preferences: preferencesSchema,
  contexts: contextsSchema,
  ledger: ledgerSchema,
  revisions: revisionsSchema,
});
type ConsolidationState = v.InferOutput<typeof stateSchema>;

/**
 * Makes long-term memory of the episodic log: exemplars for rehearsal, prototypes, preferences and recurring contexts. It reads the log once, in order, in
 * pages of any size, and can be stopped after each: its state is JSON, and going on from it gives the same as never having stopped. What a later
 * experience supersedes is taken back.
 */
export class Consolidation {
  readonly #exemplars = new Exemplars();
  readonly #prototypes = new Prototypes();
  readonly #preferences = new Preferences();
  readonly #contexts: Contexts;
  readonly #ledger = new Ledger();
  readonly #revisions: Revisions;
  readonly #modelKey: string;
  #rng: Rng;
  #consolidatedTo = 0;
  #prepared: StandingContext[] | null = null;
  #counts = { read: 0, revised: 0, revisedTooLate: 0 };
  #droppedBefore: Record<KnowledgeKind, number> = { exemplar: 0, prototype: 0, preference: 0, context: 0 };

  constructor({ modelKey, seed = 1, localTime = deviceTime, standing = [] }: ConsolidationOptions) {
    this.#modelKey = modelKey;
    this.#rng = Rng.fromSeed(seed);
    this.#contexts = new Contexts(localTime);
    this.#revisions = new Revisions(modelKey);
    this.#adopt(standing);
  }

  /** Log position that has been taken in; the next page begins after it. */
  get consolidatedTo(): number {
    return this.#consolidatedTo;
  }

  /** Takes in a page of the log; what was taken in before is passed over. */
  step(page: readonly StoredExperience[]): void {
    this.#prepared = null;
    for (const experience of page) {
      if (experience.position <= this.#consolidatedTo) continue;
      this.#consolidatedTo = experience.position;
      this.#counts.read++;
      this.#takeIn(experience);
    }
  }

  /** Works out the recurring contexts, the longest part of {@link finish}: a slice of its own, where the caller wants short ones. */
  prepare(nowMs: number): void {
    this.#prepared = this.#contexts.workOut(nowMs);
  }

  /** What is new since the last call, each record naming the one that it supersedes, and an account. To be stored together with {@link stateInSlices}. */
  finish(nowMs: number): { records: KnowledgeRecord[]; report: ConsolidationAccount } {
    const records = [
      ...this.#exemplarRecords(nowMs),
      ...this.#prototypeRecords(nowMs),
      ...this.#preferenceRecords(nowMs),
      ...this.#contextRecords(nowMs),
    ];
    const report = this.#report(nowMs);
    this.#counts = { read: 0, revised: 0, revisedTooLate: 0 };
    return { records, report };
  }

  #state(): ConsolidationState {
    return {
      format: 1 as const,
      modelKey: this.#modelKey,
      consolidatedTo: this.#consolidatedTo,
      ...this.#counts,
      rng: [...this.#rng.state()],
      droppedBefore: this.#droppedBefore,
      exemplars: this.#exemplars.state(),
      prototypes: this.#prototypes.state(),
      preferences: this.#preferences.state(),
      contexts: this.#contexts.state(),
      ledger: this.#ledger.state(),
      revisions: this.#revisions.state(),
    };
  }

  /** What there is to go on from, in parts as JSON, each made in a slice of its own. Nothing may be taken in meanwhile. */
  async stateInSlices(yieldToEvents: () => Promise<void>): Promise<Record<string, string>> {
    const parts: Record<string, string> = {};
    for (const [name, part] of Object.entries(this.#state())) {
      parts[name] = JSON.stringify(part);
      await yieldToEvents();
    }
    return parts;
  }

  /**
   * Goes on from what {@link stateInSlices} gave, untrusted, in slices. For a consolidation that has taken in nothing yet; after an error it is of no use.
   * @throws CHECKPOINT_CORRUPT
   */
  async resume(parts: unknown, yieldToEvents: () => Promise<void>): Promise<void> {
    const texts = v.safeParse(v.record(v.string(), v.string()), parts);
    if (!texts.success) throw corrupt(`long-term memory: ${v.summarize(texts.issues)}`);
    const state: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(stateSchema.entries)) {
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema as v.GenericSchema), texts.output[name]);
      if (!parsed.success) throw corrupt(`long-term memory: ${name}: ${v.summarize(parsed.issues)}`);
      state[name] = parsed.output;
      await yieldToEvents();
    }
    for (const restore of this.#restorers(state as ConsolidationState)) {
      restore();
      await yieldToEvents();
    }
  }

  #adopt(standing: readonly KnowledgeRecord[]): void {
    this.#revisions.adopt(standing);
    for (const { kind, key, value, sources } of standing)
      if (kind === 'exemplar' && value) this.#exemplars.adopt(slotOf(key), sources.from, value);
  }

  #restorers(state: ConsolidationState): (() => void)[] {
    return [
      () => this.#restoreOwn(state),
      () => this.#exemplars.restore(state.exemplars),
      () => this.#prototypes.restore(state.prototypes),
      () => this.#preferences.restore(state.preferences),
      () => this.#contexts.restore(state.contexts),
      () => this.#ledger.restore(state.ledger),
      () => this.#revisions.restore(state.revisions),
    ];
  }

  #restoreOwn(state: ConsolidationState): void {
    if (state.modelKey !== this.#modelKey) throw corrupt('long-term memory is of another model');
    const { read, revised, revisedTooLate } = state;
    this.#consolidatedTo = state.consolidatedTo;
    this.#counts = { read, revised, revisedTooLate };
    this.#rng = Rng.fromState(state.rng);
    this.#droppedBefore = state.droppedBefore;
  }

  #takeIn(experience: StoredExperience): void {
    const { supersedes } = experience;
    const before = supersedes === undefined ? null : this.#ledger.take(supersedes);
    if (supersedes !== undefined) this.#counts[before ? 'revised' : 'revisedTooLate']++;
    const episode = episodeOf(experience, before?.atMs ?? experience.observedAtMs);
    if (!episode) return;
    if (before && before.weight > 0) this.#revise(before, episode);
    else if (episode.weight > 0) this.#add(episode);
  }

  #add(episode: Episode): void {
    const { reward, item } = episode;
    const surprise = reward === null || item === null ? 0 : Math.abs(reward - this.#preferences.expected(item));
    this.#preferences.add(episode, 1, this.#rng);
    this.#contexts.add(episode, 1, this.#rng);
    this.#exemplars.add(episode, surprise, this.#contexts.keyAt(episode.atMs), this.#rng);
    this.#remember(episode, this.#prototypes.add(episode, this.#rng));
  }

  /** The earlier one of an interaction goes out of the statistics, the later one into its place, at the time when it happened. */
  #revise(before: LedgerEntry, episode: Episode): void {
    const { weight, reward, label, position } = before;
    const taken: Episode = { ...episode, weight, reward, label, position };
    this.#preferences.add(taken, -1, this.#rng);
    this.#contexts.add(taken, -1, this.#rng);
    const after = episode.weight > 0 ? episode : null;
    this.#prototypes.revise(before.prototype, before, after, this.#rng);
    this.#exemplars.revise(position, after);
    if (after) {
      this.#preferences.add(after, 1, this.#rng);
      this.#contexts.add(after, 1, this.#rng);
    }
    this.#remember(episode, before.prototype);
  }

  #remember({ experience, position, atMs, weight, reward, label }: Episode, prototype: number): void {
    this.#ledger.set(experience.experienceId, { position, atMs, weight, reward, label, prototype });
  }

  #exemplarRecords(nowMs: number): KnowledgeRecord[] {
    return this.#exemplars.changed().map(({ slot, position, value }) => {
      const sources = sourcesOf(value ? position : Math.max(1, this.#consolidatedTo));
      return this.#revisions.next('exemplar', exemplarKey(slot), value, sources, nowMs);
    });
  }

  #prototypeRecords(nowMs: number): KnowledgeRecord[] {
    const taken = new Set(this.#prototypes.standing.map(({ slot }) => `cluster-${slot}`));
    const made = this.#prototypes
      .changed(LEAST_WEIGHT)
      .map(({ slot, value, sources }) => this.#revisions.next('prototype', `cluster-${slot}`, value, sources, nowMs));
    return [...this.#ended('prototype', taken, nowMs), ...made];
  }

  #preferenceRecords(nowMs: number): KnowledgeRecord[] {
    const strongest = this.#preferences.strongest(PREFERENCES, LEAST_WEIGHT);
    const standing = new Set(this.#revisions.standing('preference').map(({ key }) => key));
    const made = strongest
      .filter(({ key, touched }) => touched || !standing.has(key))
      .map(({ key, value, sources }: Preference) => this.#revisions.next('preference', key, value, sources, nowMs));
    return [...this.#ended('preference', new Set(strongest.map(({ key }) => key)), nowMs), ...made];
  }

  #contextRecords(nowMs: number): KnowledgeRecord[] {
    const contexts = this.#prepared ?? this.#contexts.workOut(nowMs);
    this.#prepared = null;
    const ended = this.#ended('context', new Set(contexts.map(({ slot }) => contextKey(slot))), nowMs);
    const made = contexts.map(({ slot, value, sources }) =>
      this.#revisions.next('context', contextKey(slot), value, sources, nowMs),
    );
    return [...ended, ...made];
  }

  /** What stood and stands no more. */
  #ended(kind: KnowledgeKind, keys: ReadonlySet<string>, nowMs: number): KnowledgeRecord[] {
    return this.#revisions
      .standing(kind)
      .filter(({ key }) => !keys.has(key))
      .map(({ key, to }): KnowledgeRecord =>
        this.#revisions.next(kind, key, null, sourcesOf(to) satisfies Sources, nowMs),
      );
  }

  #report(nowMs: number): ConsolidationAccount {
    const droppedEver: Record<KnowledgeKind, number> = {
      exemplar: this.#exemplars.dropped,
      prototype: this.#prototypes.dropped,
      preference: this.#preferences.dropped,
      context: 0,
    };
    const byKind = Object.fromEntries(
      knowledgeKinds.map((kind) => [
        kind,
        {
          kept: this.#revisions.standing(kind).length,
          dropped: droppedEver[kind] - this.#droppedBefore[kind],
        },
      ]),
    ) as ConsolidationAccount['byKind'];
    this.#droppedBefore = droppedEver;
    const sum = (of: 'kept' | 'dropped'): number => knowledgeKinds.reduce((total, kind) => total + byKind[kind][of], 0);
    return {
      consolidatedTo: this.#consolidatedTo,
      atMs: nowMs,
      ...this.#counts,
      kept: sum('kept'),
      dropped: sum('dropped'),
      byKind,
    };
  }
}

const exemplarKey = (slot: number): string => `slot-${slot}`;
const slotOf = (key: string): number => Number(key.replace('slot-', ''));
