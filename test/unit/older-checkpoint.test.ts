import { expect, test } from 'vitest';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Combiner } from '../../src/learners/combiner.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';
import { learnedCheckpoint, smallTask } from '../support/checkpoint.ts';

test('a checkpoint of an ensemble with other members still loads: members of the same name go on, the others and the combiner start fresh', async () => {
  const backend = await openBackend('cpu');
  const { checkpoint } = await learnedCheckpoint(backend);
  const { 'member.Newton in context': newton, ...rest } = checkpoint.model.parts;
  expect(newton).toBeDefined();
  const parts = { ...rest, 'member.gone': rest['member.linear']!, combiner: new Combiner(3, 3).state() };
  const older = { ...checkpoint, model: { ...checkpoint.model, parts } };
  const model = new ClassificationModel(parseTask(smallTask), { backend, checkpoint: older, replayed: [] });
  const { model: state } = await model.checkpoint();
  expect(state.parts['member.linear']).toEqual(rest['member.linear']);
  expect(state.parts['member.Newton in context']).not.toEqual(newton);
  expect(Object.keys(state.parts)).toContain('combiner');
  expect(Object.keys(state.parts)).not.toContain('member.gone');
  model.dispose();
  backend.dispose();
});
