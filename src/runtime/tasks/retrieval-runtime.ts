import { TendrilError } from '../../errors.ts';
import type { ParsedRetrievalTask } from '../../learners/task-schema.ts';
import type { ExperienceRecord } from '../../memory/records.ts';
import { spaceId } from '../../memory/retrieval/embedding-space.ts';
import { parseRetrievalEvent, type RetrievalEvent } from '../../memory/retrieval/retrieval-event.ts';
import type {
  Acknowledged,
  AddItemsRequest,
  RemoveItemsRequest,
  RetrievalItem,
  RetrieveAnswer,
  RetrieveRequest,
} from '../../protocol/messages.ts';
import { IndexKeeper } from '../item-index/index-keeper.ts';
import type { RetrievalModel } from '../models/retrieval-model.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

const DEFAULT_COUNT = 5;
const MAX_COUNT = 1000;
const MAX_ITEMS = 10_000;

export class RetrievalRuntime extends TaskRuntime<RetrievalModel> {
  readonly kind = 'retrieval';
  override readonly beside: IndexKeeper;
  readonly #task: ParsedRetrievalTask;

  constructor(task: ParsedRetrievalTask, parts: TaskRuntimeParts<RetrievalModel>) {
    super(parts);
    this.#task = task;
    this.beside = new IndexKeeper(parts.indexes);
  }

  async retrieve({ decisionId, query }: RetrieveRequest): Promise<RetrieveAnswer> {
    const { text, embedding, count = DEFAULT_COUNT } = query;
    if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT)
      throw invalid(`count is not from 1 to ${MAX_COUNT}`);
    const described = this.#described({ text, embedding });
    this.beside.tend(this.host.model);
    const items = await this.host.model.search(described, count, this.clock.nowMs());
    const model = this.host.reference();
    const payload = {
      kind: 'retrieval',
      query: described,
      found: items.map(({ id, score }) => ({ id, score })),
    } as const;
    this.decisions.record(this.decisionRecord(decisionId, model, this.#task.seed, payload), [], []);
    return { decisionId, items, model };
  }

  /** Resolves when the items are in the log. @throws INVALID_DATA, STORAGE_* */
  addItems({ requestId, items, source }: AddItemsRequest): Promise<Acknowledged> {
    if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS)
      throw invalid(`the items are not a list of 1 to ${MAX_ITEMS}`);
    return this.#append(
      requestId,
      (items as readonly Partial<RetrievalItem>[]).map((item) => {
        const { id = '', answer = null, embedding, text, ...rest } = item;
        return { kind: 'added', source, item: { id, answer, ...rest, ...this.#described({ text, embedding }) } };
      }),
    );
  }

  removeItems({ requestId, ids, source }: RemoveItemsRequest): Promise<Acknowledged> {
    if (!Array.isArray(ids) || ids.length === 0) throw invalid('the ids are not a list');
    return this.#append(
      requestId,
      (ids as readonly string[]).map((itemId) => ({ kind: 'removed', source, itemId })),
    );
  }

  /** Text and vector as events hold them: a vector together with its space. */
  #described({ text, embedding }: { text: string | undefined; embedding: readonly number[] | undefined }) {
    const { embedding: space } = this.#task;
    if (embedding !== undefined && space.type !== 'page') throw invalid('this task makes its own vectors');
    return {
      ...(text !== undefined && { text }),
      ...(embedding !== undefined &&
        space.type === 'page' && { embedding: { spaceId: spaceId(space), vector: [...embedding] } }),
    };
  }

  /** Events are named after the request: delivered twice, it is one. @throws INVALID_DATA */
  #append(requestId: string, events: readonly object[]): Promise<Acknowledged> {
    if (typeof requestId !== 'string' || requestId === '') throw invalid('the request has no id');
    const observedAtMs = this.clock.nowMs();
    return this.append(
      events.map((own, index): ExperienceRecord => {
        const eventId = `${requestId}:${index}`;
        const event = { ...own, eventId, atMs: observedAtMs } as RetrievalEvent;
        parseRetrievalEvent(event);
        const payload = { kind: 'retrieval', event } as const;
        return { experienceId: eventId, decisionId: requestId, modelKey: this.host.modelKey, observedAtMs, payload };
      }),
    );
  }
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason });
}
