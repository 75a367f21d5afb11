import type { ComputeBackend } from '../../src/compute/compute.ts';
import { ExperienceReplay } from '../../src/continual/experience-replay.ts';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../../src/core/safetensors.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { Checkpoint, ExpectedCheckpoint } from '../../src/versions/checkpoint.ts';
import { openLearner } from './learner.ts';

export const smallTask: ClassificationTask = {
  id: 'small',
  kind: 'classification',
  schema: { input: { x: 'numeric', topic: 'categorical' } },
  learner: { hiddenSize: 3, hashSize: 16, replaySize: 2 },
};

/** The checkpoint of a small model that has learned a little, with everything that one can hold. */
export async function learnedCheckpoint(
  backend: ComputeBackend,
): Promise<{ checkpoint: Checkpoint; expected: ExpectedCheckpoint }> {
  const { learner, input } = openLearner(smallTask, backend);
  const options = { replaySize: 2, capacity: 4, stepsPerExample: 1 };
  const replay = new ExperienceReplay(learner, options, Rng.fromSeed(1));
  const { spec } = learner;
  for (let position = 1; position <= 12; position++) {
    const label = ['Grüße', '日本 "quoted"', 'plain'][position % 3]!;
    const fresh = { input: input({ x: position / 3, topic: `t${position % 4}` }), target: { label }, weight: 1 };
    await replay.learnOne(position, fresh);
  }
  const common = { taskId: smallTask.id, schemaHash: schemaHash(parseTask(smallTask)) };
  const checkpoint = {
    ...common,
    seed: 1,
    learner: await learner.state(),
    replay: replay.state(),
    learnedTo: 12,
    modelVersion: 3,
  };
  learner.dispose();
  return { checkpoint, expected: { ...common, spec } };
}

/** The file with its metadata and tensors changed; still a well-formed safetensors file. */
export function rewritten(
  bytes: Uint8Array<ArrayBuffer>,
  change: (metadata: Record<string, string>, tensors: Map<string, SafetensorsTensor>) => void,
): Uint8Array<ArrayBuffer> {
  const { metadata, tensors } = decodeSafetensors(bytes.slice());
  const changed = new Map<string, SafetensorsTensor>(tensors);
  change(metadata, changed);
  return encodeSafetensors(changed, metadata);
}
