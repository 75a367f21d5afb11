import { TendrilError } from '../../errors.ts';
import type { ParsedRetrievalTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { applyRetrievalEvent } from '../../memory/retrieval/apply-retrieval-event.ts';
import type { ItemVectors } from '../../memory/retrieval/nearest-items.ts';
import type { RetrievalEvent, RetrievalQuery } from '../../memory/retrieval/retrieval-event.ts';
import type { RetrievalHit } from '../../memory/retrieval/retrieval-hit.ts';
import { RetrievalStore } from '../../memory/retrieval/retrieval-store.ts';
import type { DisposableNearest } from '../item-index/index-keeper.ts';
import { NetworklessModel } from './networkless-model.ts';
import type { ModelOrigin } from './model.ts';

/** A retrieval task's model has no weights: what it learns are the items and what was said about them. */
export class RetrievalModel extends NetworklessModel {
  readonly task: ParsedRetrievalTask;
  /** Of the items as they are now. */
  readonly items: ItemVectors;
  readonly #store: RetrievalStore;
  #nearest: DisposableNearest | null = null;

  constructor(task: ParsedRetrievalTask, origin: ModelOrigin) {
    super(task, origin);
    this.task = task;
    const { embedding } = task;
    this.#store = new RetrievalStore(embedding.type === 'page' ? { space: embedding } : {});
    this.items = this.#store.itemVectors();
    const { store } = origin.checkpoint.model.parts;
    if (store) this.#store.restore(store);
  }

  /** A copy of all vectors only to count them would take longer than most answers. */
  override get parameterCount(): number {
    return this.#store.parameterCount;
  }

  /** @throws INVALID_DATA where the query has no vector in this task's space */
  search(query: RetrievalQuery, count: number, nowMs: number): Promise<RetrievalHit[]> {
    return this.#store.find(query, count, nowMs);
  }

  /** Searches with its help from now on, and disposes it in the end; null: without any. */
  useNearest(nearest: DisposableNearest | null): void {
    this.#nearest = nearest;
    this.#store.useNearest(nearest);
  }

  override dispose(): void {
    this.#nearest?.dispose();
  }

  protected async learn(_position: number, payload: ExperiencePayload): Promise<void> {
    if (payload.kind !== 'retrieval') return;
    try {
      applyRetrievalEvent(this.#store, payload.event as RetrievalEvent);
    } catch (caught) {
      // Refused now, it would be refused for ever: the log keeps it, the store goes on without it.
      if (!(caught instanceof TendrilError && caught.code === 'INVALID_DATA')) throw caught;
    }
  }

  protected parts() {
    return { store: this.#store.state() };
  }
}
