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
    readonly consent?: 'required';
  };
  readonly lists: readonly EmbedList[];
  /** Whether a consent manager of the TCF answers for the visitor. */
  readonly tcf: boolean;
  /** Whether more than clicks on items is watched. */
  readonly capture: boolean;
}

/**
 * What the script tag and the markup ask for. `data-task` names the task of a list whose `data-tendril-list` is empty. Lists of the same task
 * share one model and one schema.
 */
export function readConfiguration(script: DOMStringMap, elements: readonly HTMLElement[]): EmbedConfiguration {
  const taskIdOf = (list: HTMLElement): string => list.dataset.tendrilList || script.task || 'default';
  const schemas = new Map<string, MarkupSchema>();
  for (const id of elements.map(taskIdOf)) {
    const ofThisTask = elements.filter((list) => taskIdOf(list) === id);
    schemas.set(id, markupSchema(ofThisTask.flatMap(items)));
  }
  const deadlineMs = Number(script.deadline);
  return {
    tcf: script.consent === 'tcf',
    capture: script.capture !== 'off',
    lists: elements.map((element) => {
      const taskId = taskIdOf(element);
      return { element, taskId, schema: schemas.get(taskId) ?? {} };
    }),
    options: {
      tasks: [...schemas].map(([id, schema]) => rankingTask(id, schema, script)),
      registry: script.registry ?? null,
      ...(script.worker && { workerUrl: script.worker }),
      ...(script.namespace && { namespace: script.namespace }),
      ...(deadlineMs > 0 && { deadlineMs }),
      // A word that is none of ours is on the safe side.
      ...(script.consent !== undefined && script.consent !== 'not-required' && { consent: 'required' }),
    },
  };
}

function rankingTask(id: string, candidate: MarkupSchema, script: DOMStringMap): RankingTask {
  const seed = Number(script.seed);
  return {
    id,
    kind: 'ranking',
    schema: { candidate },
    ...(Number.isInteger(seed) && { seed }),
    ...(script.comparison && { comparison: { share: Number(script.comparison) } }),
    ...(script.onSchemaChange === 'start-fresh' && { onSchemaChange: 'start-fresh' }),
  };
}

/** The items of a list, in the host's own order. */
export function items(list: Element): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[data-tendril-item]')];
}
