import type { ComputeBackend } from '../../compute/compute.ts';
import type { Clock } from '../../core/clock.ts';
import { sha256Hex } from '../../core/hashing.ts';
import { asTendrilError, TendrilError } from '../../errors.ts';
import type { VersionRecord } from '../../memory/records.ts';
import type { Store } from '../../memory/store.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type ExpectedCheckpoint,
  type Provenance,
} from '../../versions/checkpoint.ts';
import type { GateReport } from '../../versions/gate/run-gate.ts';
import type { VersionReference } from '../../versions/lineage.ts';
import type { Model, ModelOrigin } from '../models/model.ts';

export interface VersionShelfOptions<M extends Model> {
  readonly modelKey: string;
  readonly expected: ExpectedCheckpoint;
  readonly store: Store;
  readonly clock: Clock;
  readonly createModel: (origin: ModelOrigin) => M;
  readonly onError: (error: TendrilError) => void;
}

/** A version and the model that it is. */
export interface Standing<M extends Model> {
  readonly version: VersionReference;
  readonly model: M;
}

/** A checkpoint that may become a version, as it would be stored. */
export interface VersionFile {
  readonly checkpoint: Checkpoint;
  readonly provenance: Provenance;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function versionFile(checkpoint: Checkpoint, provenance: Provenance): VersionFile {
  return { checkpoint, provenance, bytes: encodeCheckpoint(checkpoint, provenance) };
}

/** Makes versions of models, and models of versions. */
export class VersionShelf<M extends Model> {
  readonly #options: VersionShelfOptions<M>;
  /** Made, and not stored yet. */
  #added: readonly VersionRecord[] = [];
  backend: ComputeBackend;

  constructor(options: VersionShelfOptions<M>, backend: ComputeBackend) {
    this.#options = options;
    this.backend = backend;
  }

  get added(): readonly VersionRecord[] {
    return this.#added;
  }

  /** They are stored. */
  stored(added: readonly VersionRecord[]): void {
    this.#added = this.#added.filter((version) => !added.includes(version));
  }

  create(checkpoint: Checkpoint): M {
    return this.#options.createModel({ backend: this.backend, checkpoint, replayed: [] });
  }

  /** The same bytes are the same version. @param gate report of the gate that it passed; null for what served before there was one */
  async keep({ checkpoint, provenance, bytes }: VersionFile, gate: GateReport | null): Promise<Standing<M>> {
    const { modelKey, expected, clock } = this.#options;
    const digest = await sha256Hex(bytes);
    const { learnedTo: trainedTo, modelVersion } = checkpoint;
    const record = { modelKey, digest, trainedTo, createdAtMs: clock.nowMs(), about: { ...provenance, gate }, bytes };
    this.#added = [...this.#added, record];
    const version = { digest, trainedTo, learned: provenance.learned, judged: 0, modelVersion };
    return { version, model: this.create(decodeCheckpoint(bytes, expected)) };
  }

  /** @returns null where it is gone or damaged, which is reported: what is not what its name says never serves @throws COMPUTE_FAILED where the backend fails */
  async open({ digest, modelVersion }: VersionReference): Promise<M | null> {
    const { store, modelKey, expected, onError } = this.#options;
    const name = `version ${digest.slice(0, 8)}`;
    try {
      const record =
        this.#added.find((version) => version.digest === digest) ?? (await store.version(modelKey, digest));
      if (!record) throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `${name} is not stored` });
      if ((await sha256Hex(record.bytes)) !== digest)
        throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `${name} is not what it was` });
      const model = this.create(decodeCheckpoint(record.bytes, expected));
      model.modelVersion = modelVersion;
      return model;
    } catch (caught) {
      if (caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED') throw caught;
      onError(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
      return null;
    }
  }
}
