import { TendrilError } from '../../errors.ts';
import type { ParsedRetrievalTask } from '../../learners/task-schema.ts';
import type { ExperienceRecord } from '../../memory/records.ts';
import { spaceId } from '../../memory/retrieval/embedding-space.ts';
import { parseRetrievalEvent, type RetrievalEvent } from '../../memory/retrieval/retrieval-event.ts';
import type {
  Acknowledged,
  AddItemsRequest,
  RemoveItemsRequest,
  RetrieveAnswer,
  RetrieveRequest,
} from '../../protocol/messages.ts';
import { IndexKeeper } from '../item-index/index-keeper.ts';
import type { RetrievalModel } from '../models/retrieval-model.ts';
import { parseAddRequest, parseQuery, parseRemoveRequest, type Described } from './retrieval-requests.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

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
    const { count, ...asked } = parseQuery(query);
    const described = this.#described(asked);
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
  async addItems(request: AddItemsRequest): Promise<Acknowledged> {
    const { requestId, source, items } = parseAddRequest(request);
    return this.#append(
      requestId,
      items.map((item) => {
        const { id = '', answer = null, embedding, text, ...rest } = item;
        return { kind: 'added', source, item: { id, answer, ...rest, ...this.#described({ text, embedding }) } };
      }),
    );
  }

  async removeItems(request: RemoveItemsRequest): Promise<Acknowledged> {
    const { requestId, source, ids } = parseRemoveRequest(request);
    return this.#append(
      requestId,
      ids.map((itemId) => ({ kind: 'removed', source, itemId })),
    );
  }

  /** Text and vector as events hold them: a vector together with its space. */
  #described({ text, embedding }: Described) {
    const { embedding: space } = this.#task;
    if (embedding !== undefined && space.type !== 'page')
      throw new TendrilError('INVALID_DATA', { reason: 'this task makes its own vectors' });
    return {
      ...(text !== undefined && { text }),
      ...(embedding !== undefined &&
        space.type === 'page' && { embedding: { spaceId: spaceId(space), vector: Array.from(embedding) } }),
    };
  }

  /** Events are named after the request: delivered twice, it is one. @throws INVALID_DATA */
  #append(requestId: string, events: readonly object[]): Promise<Acknowledged> {
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
