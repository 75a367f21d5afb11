import type { RankingTask } from '../core/task.ts';
import { markupSchema, type MarkupSchema } from './markup-features.ts';

export interface EmbedList {
  readonly element: HTMLElement;
  readonly taskId: string;
  readonly schema: MarkupSchema;
}

export interface EmbedConfiguration {
  readonly options: {
    readonly tasks: readonly RankingTask[];
    readonly registry: string | null;
    readonly workerUrl?: string;
    readonly namespace?: string;
    readonly deadlineMs?: number;
  };
  readonly lists: readonly EmbedList[];
}

/**
 * What the script tag and the markup ask for. `data-task` names the task of a list whose `data-tendril-list` is empty. Lists of the same task
 * share one model.
 */
export function readConfiguration(script: DOMStringMap, elements: readonly HTMLElement[]): EmbedConfiguration {
  const lists = elements.map((element): EmbedList => {
    const taskId = element.dataset.tendrilList || script.task || 'default';
    return { element, taskId, schema: markupSchema(items(element)) };
  });
  const taskIds = [...new Set(lists.map(({ taskId }) => taskId))];
  const deadlineMs = Number(script.deadline);
  return {
    lists,
    options: {
      tasks: taskIds.map((id) => rankingTask(id, lists, script)),
      registry: script.registry ?? null,
      ...(script.worker && { workerUrl: script.worker }),
      ...(script.namespace && { namespace: script.namespace }),
      ...(deadlineMs > 0 && { deadlineMs }),
    },
  };
}

function rankingTask(id: string, lists: readonly EmbedList[], script: DOMStringMap): RankingTask {
  const schemas = lists.filter(({ taskId }) => taskId === id).map(({ schema }) => schema);
  const candidate: MarkupSchema = Object.fromEntries(schemas.flatMap((schema) => Object.entries(schema)));
  const seed = Number(script.seed);
  return {
    id,
    kind: 'ranking',
    schema: { candidate },
    ...(Number.isInteger(seed) && { seed }),
    ...(script.onSchemaChange === 'start-fresh' && { onSchemaChange: 'start-fresh' }),
  };
}

/** The items of a list, in the host's own order. */
export function items(list: Element): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[data-tendril-item]')];
}
