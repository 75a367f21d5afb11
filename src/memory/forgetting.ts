import type { ForgetRequest } from './forget-request.ts';
import type { KnowledgeRecord } from './knowledge-record.ts';
import { affectedBy } from './long-term/affected.ts';
import type { DecisionRecord, ExperienceRecord } from './records.ts';
import type { ReviewRecord } from './review-records.ts';
import type { PendingRecord, SignalRecord } from './signal-records.ts';

/** What stands in the place of a candidate that was struck out; positions and chances of the others stay what they were. */
export const struckOutKey = (place: number): string => `forgotten:#${place}`;

/** Which records a request means. All of them are of its model: the caller has seen to that. */
export class Forgetting {
  readonly #request: ForgetRequest;
  /** As it stands in JSON text, if anything is named there. */
  readonly #name: string;

  constructor(request: ForgetRequest) {
    this.#request = request;
    this.#name = JSON.stringify(request.item ?? request.signalType ?? '').slice(1, -1);
  }

  /** Whether a row of the log, as it is stored, may name what is to be forgotten: that is seen faster than the row is parsed. */
  readonly mayName = (row: unknown): boolean => typeof row !== 'string' || row.includes(this.#name);

  /** Whether whole decisions go: those that were made in the time that is named. */
  get dropsDecisions(): boolean {
    const { item, signalType, fromMs, toMs } = this.#request;
    return item === undefined && signalType === undefined && (fromMs !== undefined || toMs !== undefined);
  }

  /** Whether the item is to be forgotten altogether. */
  get dropsItem(): boolean {
    const { item, signalType, fromMs, toMs } = this.#request;
    return item !== undefined && signalType === undefined && fromMs === undefined && toMs === undefined;
  }

  inTime(atMs: number): boolean {
    const { fromMs = -Infinity, toMs = Infinity } = this.#request;
    return atMs >= fromMs && atMs < toMs;
  }

  /** @param decidedThen whether its decision was made in the time that is named */
  experience(
    { observedAtMs, payload }: Pick<ExperienceRecord, 'observedAtMs' | 'payload'>,
    decidedThen: boolean,
  ): boolean {
    const { item, signalType } = this.#request;
    if (!this.inTime(observedAtMs) && !decidedThen) return false;
    if (item !== undefined && !itemsOf(payload).includes(item)) return false;
    return signalType === undefined || Object.hasOwn(signalsOf(payload), signalType);
  }

  /** @param decidedThen whether its decision was made in the time that is named */
  signal(signal: SignalRecord, decidedThen: boolean): boolean {
    const { item, signalType } = this.#request;
    if (!this.inTime(signal.atMs) && !decidedThen) return false;
    if (item !== undefined && signal.item !== item && signal.instead !== item) return false;
    return signalType === undefined || signal.type === signalType;
  }

  /** The decision without the item; null where it is not in it. */
  struckOut(decision: DecisionRecord): DecisionRecord | null {
    const { item, signalType } = this.#request;
    if (item === undefined || signalType !== undefined || !this.inTime(decision.decidedAtMs)) return null;
    const { payload } = decision;
    if (payload.kind === 'ranking' && payload.candidateKeys.some((key) => isKeyOf(key, item))) {
      const candidateKeys = payload.candidateKeys.map((key, place) => (isKeyOf(key, item) ? struckOutKey(place) : key));
      return { ...decision, payload: { ...payload, candidateKeys } };
    }
    if (payload.kind === 'retrieval' && payload.found.some(({ id }) => id === item)) {
      const found = payload.found.map((one, place) => (one.id === item ? { ...one, id: struckOutKey(place) } : one));
      return { ...decision, payload: { ...payload, found } };
    }
    return null;
  }

  /**
   * What was consolidated of removed positions; and what was consolidated of positions that have long left the log, as far as it can be seen to be meant: it
   * names the item, or is a copy of an experience that would go.
   */
  knowledge(record: KnowledgeRecord, removed: ReadonlySet<number>): boolean {
    const { item } = this.#request;
    if (affectedBy([record], { positions: removed }).length > 0) return true;
    if (this.dropsItem && item !== undefined && (record.key === item || mentions(record.value, item))) return true;
    return isCopy(record.value) && this.experience(record.value, false);
  }

  /**
   * What was to be reviewed, or was said by a reviewer, in the time that is named or of a decision that is meant; one that names an item goes as a whole,
   * because what a reviewer said of a choice means nothing without it. The approval of a version names nothing that a visitor did.
   * @param decided decisions that were made in the time that is named
   */
  review({ kind, decisionId, openedAtMs, closedAtMs, ...said }: ReviewRecord, decided: ReadonlySet<string>): boolean {
    const { item } = this.#request;
    if (kind === 'promotion') return false;
    const then =
      this.inTime(openedAtMs) || (closedAtMs !== null && this.inTime(closedAtMs)) || decided.has(decisionId ?? '');
    if (this.dropsDecisions) return then;
    return item !== undefined && this.#request.signalType === undefined && then && mentions(said, item);
  }

  /** The record without what was settled of removed experiences, or of the item; null where nothing of that is in it. */
  unsettled(pending: PendingRecord, removedIds: ReadonlySet<string>): PendingRecord | null {
    const entries = Object.entries(pending.settled);
    const left = entries.filter(
      ([item, { experienceId }]) => !(this.dropsItem && item === this.#request.item) && !removedIds.has(experienceId),
    );
    if (left.length === entries.length) return null;
    // What is left of the signals may say something else: it is looked at again at once.
    return { ...pending, dueAtMs: 0, settled: Object.fromEntries(left) };
  }
}

/** Keys of the catalogue are `<hash of the features>:<id>`. */
function isKeyOf(candidateKey: string, item: string): boolean {
  return candidateKey.slice(candidateKey.indexOf(':') + 1) === item;
}

/** An experience that was taken into long-term memory as it was. */
function isCopy(value: unknown): value is Pick<ExperienceRecord, 'observedAtMs' | 'payload'> {
  const payload = field(value, 'payload');
  return typeof field(value, 'observedAtMs') === 'number' && typeof field(payload, 'kind') === 'string';
}

function signalsOf(payload: ExperienceRecord['payload']): object {
  return ('signals' in payload && payload.signals) || {};
}

function itemsOf(payload: ExperienceRecord['payload']): unknown[] {
  if (payload.kind === 'ranking') return [payload.candidateId];
  if (payload.kind !== 'retrieval') return [];
  const { event } = payload;
  const accepted = event['accepted'];
  return [
    event['itemId'],
    event['rejectedId'],
    idIn(event['item']),
    field(accepted, 'itemId'),
    idIn(field(accepted, 'item')),
  ];
}

function idIn(value: unknown): unknown {
  return field(value, 'id');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Whether a text is anywhere in plain data. */
function mentions(value: unknown, text: string): boolean {
  if (value === text) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, entry]) => name === text || mentions(entry, text));
}
