import type { ComputeBackend } from '../../src/compute/compute.ts';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../../src/core/safetensors.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { expectedSpec } from '../../src/learners/fresh-learner.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import type { Checkpoint, ExpectedCheckpoint } from '../../src/versions/checkpoint.ts';

export const smallTask: ClassificationTask = {
  id: 'small',
  kind: 'classification',
  schema: { input: { x: 'numeric', topic: 'categorical' } },
  learner: { hiddenSize: 3, hashSize: 16, replaySize: 2, replayCapacity: 4 },
};

/** The checkpoint of a small model that has learned a little, with everything that one can hold. */
export async function learnedCheckpoint(
  backend: ComputeBackend,
): Promise<{ checkpoint: Checkpoint; expected: ExpectedCheckpoint }> {
  const task = parseTask(smallTask);
  const hash = schemaHash(task);
  const origin = { backend, checkpoint: freshCheckpoint(task, hash), replayed: [] };
  const model = new ClassificationModel(task, origin);
  for (let position = 1; position <= 12; position++) {
    const label = ['Grüße', '日本 "quoted"', 'plain'][position % 3]!;
    const input = parseFeatures(task.schema.input, { x: position / 3, topic: `t${position % 4}` });
    const ids = {
      position,
      experienceId: `e${position}`,
      decisionId: `d${position}`,
      modelKey: 'small',
      observedAtMs: 0,
    };
    await model.learnOne({ ...ids, payload: { kind: 'classification', input, label, weight: 1 } });
  }
  const checkpoint = { ...(await model.checkpoint()), modelVersion: 3 };
  model.dispose();
  return { checkpoint, expected: { taskId: task.id, schemaHash: hash, spec: expectedSpec(task) } };
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
