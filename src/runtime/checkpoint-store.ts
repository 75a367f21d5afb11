import { sha256Hex } from '../core/hashing.ts';
import { asTendrilError, TendrilError } from '../errors.ts';
import type { CheckpointRecord, StoredExperience } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type ExpectedCheckpoint,
} from '../versions/checkpoint.ts';

/** Kept in IndexedDB, so that a damaged newest one is not the end. */
const KEPT = 3;

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly replayed: readonly StoredExperience[];
  readonly stateBytes: number;
}

/** The checkpoints of one model in the store. */
export class CheckpointStore {
  readonly #store: Store;
  readonly #modelKey: string;
  readonly #expected: ExpectedCheckpoint;
  #generation = 0;

  constructor(store: Store, modelKey: string, expected: ExpectedCheckpoint) {
    this.#store = store;
    this.#modelKey = modelKey;
    this.#expected = expected;
  }

  /** Weights and log position go in together. @returns the size in bytes */
  async save(checkpoint: Checkpoint, savedAtMs: number): Promise<number> {
    const bytes = encodeCheckpoint(checkpoint);
    const { learnedTo, modelVersion } = checkpoint;
    const digest = await sha256Hex(bytes);
    this.#generation++;
    await this.#store.putCheckpoint(
      { modelKey: this.#modelKey, generation: this.#generation, learnedTo, modelVersion, savedAtMs, digest, bytes },
      KEPT,
    );
    return bytes.length;
  }

  /**
   * The newest checkpoint that can be read. A damaged one is reported, set aside for inspection, and the one before it is tried; what was
   * learned since is learned again from the log.
   * @param withReplay also reads the experiences that the replay buffer refers to; without them the model serves but must not learn
   * @returns null when there is none
   */
  async load(withReplay: boolean, onDamaged: (error: TendrilError) => void): Promise<LoadedCheckpoint | null> {
    for (const record of await this.#store.checkpoints(this.#modelKey)) {
      if (record instanceof Error) {
        onDamaged(new TendrilError('CHECKPOINT_CORRUPT', { reason: record.message }, { cause: record }));
        continue;
      }
      this.#generation = Math.max(this.#generation, record.generation);
      try {
        return await this.#read(record, withReplay);
      } catch (caught) {
        onDamaged(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
        // Where there is no room for it, the model before it must serve all the same.
        await this.#setAside(record).catch((failed: unknown) => onDamaged(asTendrilError(failed)));
      }
    }
    return null;
  }

  #setAside(record: CheckpointRecord): Promise<void> {
    return this.#store.putSetting(`damaged-checkpoint/${this.#modelKey}/${record.generation}`, record);
  }

  async #read(record: CheckpointRecord, withReplay: boolean): Promise<LoadedCheckpoint> {
    if ((await sha256Hex(record.bytes)) !== record.digest)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'its SHA-256 does not match' });
    const checkpoint = decodeCheckpoint(record.bytes, this.#expected);
    if (checkpoint.learnedTo !== record.learnedTo)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'its log position does not match' });
    const replayed = checkpoint.replay && withReplay ? await this.#store.experiencesAt(checkpoint.replay.keys) : [];
    return { checkpoint, replayed, stateBytes: record.bytes.length };
  }
}
