import { sha256Hex } from '../core/hashing.ts';
import { asTendrilError, TendrilError } from '../errors.ts';
import type { CheckpointRecord, StoredExperience, VersionRecord } from '../memory/records.ts';
import { damagedCheckpointPrefix, type Store } from '../memory/store.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type ExpectedCheckpoint,
} from '../versions/checkpoint.ts';
import type { Lineage } from '../versions/lineage.ts';

/** Kept in IndexedDB, so that a damaged newest one is not the end. */
const KEPT = 3;

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly replayed: readonly StoredExperience[];
  readonly stateBytes: number;
  /** As it was stored with it; undefined for none. */
  readonly lineage: unknown;
}

/** What goes in beside the weights. */
export interface StoredVersions {
  readonly lineage: Lineage;
  readonly added: readonly VersionRecord[];
}

/** The checkpoints of one model in the store. */
export class CheckpointStore {
  readonly #store: Store;
  readonly #modelKey: string;
  readonly #expected: ExpectedCheckpoint;
  #generation = 0;
  /** Of what the loaded model has seen: what is forgotten begins a new one. */
  #epoch = 0;
  /** Log positions that those have learned up to that may be gone back to, as far as is known: newest first, {@link KEPT} at most. */
  #learnedTo: number[] = [];

  constructor(store: Store, modelKey: string, expected: ExpectedCheckpoint) {
    this.#store = store;
    this.#modelKey = modelKey;
    this.#expected = expected;
  }

  /**
   * Weights and log position go in together.
   * @returns the size in bytes; null where something was forgotten since the model was loaded: it has seen it, and must be loaded anew
   */
  async save(checkpoint: Checkpoint, savedAtMs: number, { lineage, added }: StoredVersions): Promise<number | null> {
    const bytes = encodeCheckpoint(checkpoint);
    const { learnedTo, modelVersion } = checkpoint;
    const digest = await sha256Hex(bytes);
    const own = { modelKey: this.#modelKey, generation: this.#generation + 1, epoch: this.#epoch };
    const record = { ...own, learnedTo, modelVersion, savedAtMs, digest, lineage, bytes };
    const stored = await this.#store.putCheckpoint(record, KEPT, added);
    if (!stored) return null;
    this.#generation++;
    this.#learnedTo = [learnedTo, ...this.#learnedTo].slice(0, KEPT);
    return bytes.length;
  }

  /**
   * Makes a version the newest checkpoint, and the only one: what came after it is not gone on with by any tab.
   * @throws CHECKPOINT_CORRUPT where the version is gone
   */
  async restore(digest: string, lineage: Lineage, savedAtMs: number): Promise<void> {
    const modelKey = this.#modelKey;
    const version = await this.#store.version(modelKey, digest);
    if (!version)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `version ${digest.slice(0, 8)} is not stored` });
    const { trainedTo: learnedTo, bytes } = version;
    const { modelVersion } = decodeCheckpoint(bytes, this.#expected);
    await this.#store.overrule({ modelKey, learnedTo, modelVersion, savedAtMs, digest, lineage, bytes }, true);
    this.#learnedTo = [learnedTo];
  }

  /**
   * The newest checkpoint that can be read. A damaged one is reported, set aside for inspection, and the one before it is tried; what was
   * learned since is learned again from the log.
   * @param open makes something of it; where that throws, the checkpoint is damaged too
   * @param withReplay also reads the experiences that the replay buffer refers to; without them the model serves but must not learn
   * @returns null when there is none
   * @throws COMPUTE_FAILED where `open` does
   */
  async load<T>(
    withReplay: boolean,
    open: (loaded: LoadedCheckpoint) => T,
    onDamaged: (error: TendrilError) => void,
  ): Promise<(LoadedCheckpoint & { readonly opened: T }) | null> {
    // Asked for before the checkpoints: what is forgotten in between makes the next save fail, and not go unnoticed.
    const epoch = this.#store.epoch(this.#modelKey);
    const newest = this.#store.checkpoints(this.#modelKey, 0, KEPT);
    [this.#epoch] = await Promise.all([epoch, newest]);
    // Older ones are seldom needed, and a visitor waits.
    for (const skip of [0, KEPT]) {
      const records = skip === 0 ? await newest : await this.#store.checkpoints(this.#modelKey, skip, Infinity);
      for (const [index, record] of records.entries()) {
        const loaded = await this.#tried(record, withReplay, open, onDamaged);
        if (!loaded) continue;
        // To those before it nobody goes back.
        this.#learnedTo = records.slice(index).flatMap((one) => (one instanceof Error ? [] : one.learnedTo));
        return loaded;
      }
    }
    this.#learnedTo = [];
    return null;
  }

  /** @returns null for a damaged one, which is reported and set aside */
  async #tried<T>(
    record: CheckpointRecord | Error,
    withReplay: boolean,
    open: (loaded: LoadedCheckpoint) => T,
    onDamaged: (error: TendrilError) => void,
  ): Promise<(LoadedCheckpoint & { readonly opened: T }) | null> {
    if (record instanceof Error) {
      onDamaged(new TendrilError('CHECKPOINT_CORRUPT', { reason: record.message }, { cause: record }));
      return null;
    }
    this.#generation = Math.max(this.#generation, record.generation);
    try {
      const loaded = await this.#read(record, withReplay);
      return { ...loaded, opened: open(loaded) };
    } catch (caught) {
      // What a backend cannot do says nothing about what it should have done it with.
      if (caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED') throw caught;
      onDamaged(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
      // Where there is no room for it, the model before it must serve all the same.
      await this.#setAside(record).catch((failed: unknown) => onDamaged(asTendrilError(failed)));
      return null;
    }
  }

  /** Log position that every checkpoint that may have to be gone back to has learned up to: what lies before it is not needed to learn on. */
  get learnedByAll(): number {
    return this.#learnedTo.length === 0 ? 0 : Math.min(...this.#learnedTo);
  }

  #setAside(record: CheckpointRecord): Promise<void> {
    return this.#store.putSetting(`${damagedCheckpointPrefix(this.#modelKey)}${record.generation}`, record);
  }

  async #read(record: CheckpointRecord, withReplay: boolean): Promise<LoadedCheckpoint> {
    if ((await sha256Hex(record.bytes)) !== record.digest)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'its SHA-256 does not match' });
    const checkpoint = decodeCheckpoint(record.bytes, this.#expected);
    if (checkpoint.learnedTo !== record.learnedTo)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'its log position does not match' });
    const replayed =
      checkpoint.replay && withReplay ? await this.#store.experiencesAt(checkpoint.replay.keys, this.#modelKey) : [];
    return { checkpoint, replayed, stateBytes: record.bytes.length, lineage: record.lineage };
  }
}
