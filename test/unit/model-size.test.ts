import { expect, it } from 'vitest';
import type { PartState } from '../../src/core/part-state.ts';
import { expectedSpec } from '../../src/learners/fresh-learner.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { decodeCheckpoint } from '../../src/versions/checkpoint.ts';
import type { RetrievalTask } from '../../src/core/task.ts';
import { listEvents, listTask } from '../support/events.ts';
import { newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

const space = { name: 'test', version: '1', size: 3 };
const findTask: RetrievalTask = { id: 'find', kind: 'retrieval', embedding: { type: 'page', ...space } };

async function stored(store: MemoryStore, declaration: typeof listTask | typeof findTask) {
  const task = parseTask(declaration);
  const expected = { taskId: task.id, schemaHash: schemaHash(task), spec: expectedSpec(task) };
  return decodeCheckpoint((await newestCheckpoint(store, declaration)).bytes, expected).model;
}
const size = (part: PartState | undefined, tensor: string) => part?.tensors[tensor]?.length ?? NaN;

it('a ranking says how many weights it has, and its network', async () => {
  const store = new MemoryStore();
  const { worker } = await startNodeWorker({ store, tasks: [listTask] });
  for (const event of listEvents(5)) await event(worker);
  valueOf(await worker.checkpoint('list'));
  const { parts, network } = await stored(store, listTask);
  const expected = size(parts['rewards'], 'mean') + network!.state.parameters.length;
  expect(valueOf(await worker.status()).tasks['list']?.parameters).toBe(expected);
});

it('a retrieval says how many numbers its vectors have, those of votes included', async () => {
  const store = new MemoryStore();
  const { worker } = await startNodeWorker({ store, tasks: [findTask] });
  const embedding = [1, 2, 3];
  const items = ['a', 'b', 'c'].map((id) => ({ id, embedding }));
  valueOf(await worker.addItems({ taskId: 'find', requestId: 'r', source: 'test', items }));
  valueOf(await worker.checkpoint('find'));
  valueOf(await worker.retrieve({ taskId: 'find', decisionId: 'd', query: { embedding } }));
  valueOf(await worker.feedback({ decisionId: 'd', item: 'a', vote: 'up' }));
  valueOf(await worker.checkpoint('find'));
  const { parts } = await stored(store, findTask);
  expect(size(parts['store'], 'vectors')).toBe(12);
  expect(valueOf(await worker.status()).tasks['find']?.parameters).toBe(12);
});
