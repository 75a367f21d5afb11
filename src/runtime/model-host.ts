import type { ComputeBackend } from '../compute/compute.ts';
import type { Clock } from '../core/clock.ts';
import { asTendrilError, TendrilError } from '../errors.ts';
import { expectedSpec } from '../learners/fresh-learner.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { StoredExperience, VersionRecord } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';
import type { ModelReference } from '../protocol/messages.ts';
import type { Checkpoint, ExpectedCheckpoint } from '../versions/checkpoint.ts';
import type { Bout } from '../versions/contest.ts';
import type { GateReport } from '../versions/gate/run-gate.ts';
import type { LearningPlan, LearningReason } from '../versions/learning-plan.ts';
import { isSound } from '../versions/soundness.ts';
import { emptyLineage, type Lineage, type Move } from '../versions/lineage.ts';
import { CheckpointStore, type LoadedCheckpoint } from './checkpoint-store.ts';
import { LearningAccount } from './learning-account.ts';
import { freshCheckpoint } from './models/fresh-checkpoint.ts';
import type { Model, ModelOrigin } from './models/model.ts';
import { SerialQueue } from './serial-queue.ts';
import { slicedBackend } from './sliced-backend.ts';
import { TimeSlices } from './time-slices.ts';
import type { ParsedRollbackRequest } from './versions/version-requests.ts';
import { PromotionGate } from './versions/promotion-gate.ts';
import { loadKeeper } from './versions/load-keeper.ts';
import type { Retreat, VersionKeeper, VersionKeeperOptions } from './versions/version-keeper.ts';

/** Experiences read from the log at once. */
const PAGE = 200;
/** While a stream runs, a checkpoint is stored after this many experiences at the latest. */
const CHECKPOINT_EVERY = 500;
/** While a backlog is learned, what was learned for this long is stored: short page views must add up. */
const CHECKPOINT_EVERY_MS = 100;

export interface ModelHostOptions<M extends Model> {
  readonly task: ParsedTask;
  readonly createModel: (origin: ModelOrigin) => M;
  readonly schemaHash: string;
  readonly modelKey: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly yieldToEvents: () => Promise<void>;
  /** Brings what {@link ModelHost.plan} knows of the device up to date. */
  readonly lookAround: () => Promise<void>;
  /** A model to start from where this device has none; null for a fresh one. */
  readonly fetchInitial: () => Promise<Checkpoint | null>;
  readonly onError: (error: TendrilError) => void;
  readonly onCheckpoint: (model: ModelReference) => void;
  /** Another version serves. */
  readonly onMove: (move: Move) => void;
  /** The gate did not let a challenger through. */
  readonly onRefused: (report: GateReport) => void;
  readonly onAwaiting: VersionKeeperOptions<M>['onAwaiting'];
  readonly approvalOf: VersionKeeperOptions<M>['approvalOf'];
  /** The model was sent back: other tabs must load it anew. */
  readonly onOverruled: () => void;
  /** What the models said of an experience before it was learned. */
  readonly onBout: (experience: StoredExperience, bout: Bout) => void;
  /** An experience could not be learned because its computation failed: the model is loaded anew before it goes on. */
  readonly onFailed: (error: TendrilError) => void;
  /** How long an experience took, judgement included. */
  readonly onLearned: (durationMs: number) => void;
}

/**
 * Keeps one task's model in step with the log. Learning reads the log and nothing else, in order, and a checkpoint holds the position it has
 * learned up to: so a killed worker goes on where the last checkpoint was, learns nothing twice and misses nothing.
 *
 * Predictions do not wait in the queue. While something is learned they wait for the rest of a slice (8 ms) and for the step that ends it: one training step, or one judgement,
 * where a champion serves; where what learns also serves, one experience, because a half-learned one must not answer.
 */
export class ModelHost<M extends Model = Model> {
  readonly #options: ModelHostOptions<M>;
  readonly #checkpoints: CheckpointStore;
  readonly #expected: ExpectedCheckpoint;
  readonly #gate: PromotionGate;
  readonly #account: LearningAccount;
  readonly #queue = new SerialQueue();
  readonly #slices: TimeSlices;
  readonly #sliced = new WeakMap<ComputeBackend, ComputeBackend>();
  /** Whether others may come in between two steps of one experience. */
  #isDivisible = false;
  /** Whether learning an experience failed half way: what is in memory is no state that the log makes. */
  #isTorn = false;
  #model: M | null = null;
  #keeper: VersionKeeper<M> | null = null;
  #backend: ComputeBackend | null = null;
  #sinceCheckpoint = 0;
  #stateBytes = 0;
  #learning = false;
  /** Read from the log and not learned yet. */
  #ahead: StoredExperience[] = [];

  constructor(options: ModelHostOptions<M>) {
    this.#options = options;
    const { task, schemaHash, store, modelKey } = options;
    this.#expected = { taskId: task.id, schemaHash, spec: expectedSpec(task) };
    this.#checkpoints = new CheckpointStore(store, modelKey, this.#expected);
    this.#slices = new TimeSlices(options.clock, options.yieldToEvents);
    this.#gate = new PromotionGate(task, store, () => this.#slices.giveWay());
    this.#account = new LearningAccount(options);
  }

  get task(): ParsedTask {
    return this.#options.task;
  }

  /** When it learns. */
  get plan(): LearningPlan {
    return this.#account.plan;
  }

  get modelKey(): string {
    return this.#options.modelKey;
  }

  get schemaHash(): string {
    return this.#options.schemaHash;
  }

  /** Bytes of the newest checkpoint. */
  get stateBytes(): number {
    return this.#stateBytes;
  }

  /** Log position up to which nothing is needed to learn on, whichever of the stored checkpoints has to be gone back to. */
  get learnedByAll(): number {
    return this.#checkpoints.learnedByAll;
  }

  /** Log positions of what the model may learn again. */
  get rehearsed(): readonly number[] {
    return this.model.rehearsed;
  }

  /** The model that learns. */
  get model(): M {
    if (!this.#model) throw new TendrilError('INTERNAL', { reason: 'the model is not loaded yet' });
    return this.#model;
  }

  /** The model that answers. */
  get serving(): M {
    return this.#keeper?.serving ?? this.model;
  }

  /** Of the model that answers. */
  reference(): ModelReference {
    return referenceOf(this.serving);
  }

  /** Of the model that learns. */
  learned(): ModelReference {
    return referenceOf(this.model);
  }

  /** Which versions serve and compete. */
  get lineage(): Lineage {
    return this.#keeper?.lineage ?? emptyLineage;
  }

  /** Loaded when there is something to tell apart: a model that has learned nothing has no versions. */
  async #versions(): Promise<VersionKeeper<M>> {
    if (!this.#backend) throw new TendrilError('INTERNAL', { reason: 'the model is not loaded yet' });
    this.#keeper ??= await this.#openKeeper(this.#backend, this.model, undefined);
    return this.#keeper;
  }

  /** Loads the newest stored model onto `backend`, or a first one. */
  load(backend: ComputeBackend): Promise<void> {
    return this.#queue.run(() => this.#load(backend));
  }

  async #load(backend: ComputeBackend): Promise<void> {
    const { createModel, fetchInitial, onError } = this.#options;
    if (!this.#model) await this.#account.resume();
    const open = (read: LoadedCheckpoint) => createModel({ backend: this.#inSlices(backend), ...read });
    const stored = await this.#checkpoints.load(this.#learning, open, onError);
    const loaded = stored?.opened ?? this.#first(backend, await fetchInitial());
    const keeper = stored ? await this.#openKeeper(backend, loaded, stored.lineage) : null;
    const [replaced, others] = [this.#model, this.#keeper];
    this.#model = loaded;
    this.#keeper = keeper;
    this.#backend = backend;
    this.#isTorn = false;
    this.#stateBytes = stored?.stateBytes ?? 0;
    this.#sinceCheckpoint = 0;
    this.#ahead = [];
    others?.dispose();
    replaced?.dispose();
  }

  async #openKeeper(backend: ComputeBackend, learner: M, stored: unknown): Promise<VersionKeeper<M>> {
    const { task, schemaHash } = this.#options;
    const { VersionKeeper } = await loadKeeper();
    const own = { expected: this.#expected, gate: this.#gate, fresh: () => freshCheckpoint(task, schemaHash) };
    return VersionKeeper.open({ ...this.#options, ...own }, backend, { learner, stored, learns: this.#learning });
  }

  /** The registry's model; where there is none, or it holds what cannot be restored, one that has learned nothing. */
  #first(opened: ComputeBackend, fetched: Checkpoint | null): M {
    const { task, schemaHash, createModel, onError } = this.#options;
    const backend = this.#inSlices(opened);
    try {
      if (fetched) return createModel({ backend, checkpoint: fetched, replayed: [] });
    } catch (caught) {
      onError(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
    }
    return createModel({ backend, checkpoint: freshCheckpoint(task, schemaHash), replayed: [] });
  }

  /** For the model that learns. */
  #inSlices(backend: ComputeBackend): ComputeBackend {
    const giveWay = async () => {
      if (this.#isDivisible) await this.#slices.giveWay();
    };
    const sliced = this.#sliced.get(backend) ?? slicedBackend(backend, giveWay);
    this.#sliced.set(backend, sliced);
    return sliced;
  }

  /** Continues on another backend, between two experiences. Where that fails it stays where it was. @throws COMPUTE_FAILED */
  moveTo(backend: ComputeBackend): Promise<void> {
    return this.#runWhole(async () => {
      try {
        await this.model.moveTo(this.#inSlices(backend));
        await this.#keeper?.moveTo(backend);
        this.#backend = backend;
      } catch (caught) {
        // Some of its versions may have moved.
        if (this.#backend) await this.#load(this.#backend);
        throw caught;
      }
    });
  }

  /** In turn, and on a model that is what the log makes of it. */
  #runWhole<T>(job: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#isTorn && this.#backend) await this.#load(this.#backend);
      return job();
    });
  }

  /** Whether this tab learns this model. */
  get learning(): boolean {
    return this.#learning;
  }

  /** To be called before the first {@link load}: a model that learns needs its replay buffer. */
  startLearning(): void {
    this.#learning = true;
  }

  /** This tab learns from now on: takes over what another one has stored, then what waits in the log. */
  async takeOver(backend: ComputeBackend): Promise<void> {
    this.startLearning();
    await this.load(backend);
    await this.drain('arrived');
  }

  /** Starts over from what is stored, because something was forgotten. @returns the log position that the model has learned up to by that */
  reload(): Promise<number> {
    return this.#queue.run(async () => {
      if (this.#backend) await this.#load(this.#backend);
      return this.model.learnedTo;
    });
  }

  /**
   * Learns what waits in the log, where its time has come and as long as the device has time for it, and stores a checkpoint. Does nothing where another tab
   * learns.
   */
  drain(reason: LearningReason = 'asked'): Promise<void> {
    return this.#runWhole(async () => {
      if (!this.#learning) return;
      await this.#settleApproval();
      if (!(await this.#account.allows(reason, this.model.learnedTo))) return;
      await this.#learnTo(Infinity, CHECKPOINT_EVERY_MS, reason);
      await this.#account.keep();
      if (this.#sinceCheckpoint > 0) await this.#save();
    });
  }

  async #settleApproval(): Promise<void> {
    const { moves } = this.lineage;
    await this.#keeper?.settleApproval();
    if (this.lineage.moves !== moves) await this.#save();
  }

  /** Learns up to a log position, without a checkpoint for each. */
  learnTo(position: number): Promise<void> {
    return this.#runWhole(async () => {
      await this.#learnTo(position, Infinity, 'asked');
      if (this.#sinceCheckpoint >= CHECKPOINT_EVERY) await this.#save();
    });
  }

  async #learnTo(last: number, saveEveryMs: number, reason: LearningReason): Promise<void> {
    const { clock } = this.#options;
    const slices = this.#slices;
    slices.begin();
    let savedMs = clock.monotonicMs();
    let accountedMs = slices.workedMs;
    let unaccounted = 0;
    const account = () => {
      if (unaccounted > 0) this.plan.learned(slices.workedMs - accountedMs, clock.nowMs());
      accountedMs = slices.workedMs;
      unaccounted = 0;
    };
    while (this.#learning) {
      const experience = await this.#next(last);
      if (!experience) break;
      const { ended } = slices;
      await this.#learn(experience);
      unaccounted++;
      await slices.giveWay();
      if (slices.ended === ended) continue;
      account();
      if (!this.plan.mayGoOn(reason, clock.nowMs())) return;
      if (clock.monotonicMs() - savedMs < saveEveryMs) continue;
      await this.#save();
      savedMs = clock.monotonicMs();
      slices.begin();
    }
    account();
  }

  async #learn(experience: StoredExperience): Promise<void> {
    const versions = await this.#versions();
    this.#sinceCheckpoint++;
    if (!versions.admits(experience)) {
      this.model.skipTo(experience.position);
      return;
    }
    const startMs = this.#slices.workedMs;
    let reached = this.model.learnedTo;
    try {
      await versions.judge(experience);
      await this.#slices.giveWay();
      reached = experience.position;
      const retreat = await this.#inSteps(versions, async () => {
        await this.model.learnOne(experience);
        await this.#slices.giveWay();
        return versions.learned(experience);
      });
      this.#options.onLearned(this.#slices.workedMs - startMs);
      if (retreat) await this.#retreat(retreat, 'tendril');
    } catch (caught) {
      await this.#settleFailure(caught, reached);
    }
  }

  /** Where learning has diverged, before a checkpoint showed it, what made it diverge is passed over; anything else is learned again. @throws `caught` */
  async #settleFailure(caught: unknown, position: number): Promise<void> {
    this.#isTorn = true;
    // Nothing can be read of a lost device.
    const checkpoint = await this.model.checkpoint().catch(() => null);
    if (!checkpoint || isSound(checkpoint)) {
      if (caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED') this.#options.onFailed(caught);
      throw caught;
    }
    await this.#restoreLastGood(position);
  }

  /** Others may come in between where somebody else answers; with `versions.shadow` the challenger is asked, too. */
  async #inSteps<T>({ serving }: VersionKeeper<M>, work: () => Promise<T>): Promise<T> {
    this.#isDivisible = serving !== this.model && !this.#options.task.versions.shadow;
    try {
      return await work();
    } finally {
      this.#isDivisible = false;
    }
  }

  /** Goes back to an earlier version, and learns on from there without what is set aside. */
  async #retreat(retreat: Retreat, by: string): Promise<void> {
    const versions = await this.#versions();
    // What is gone back to may have been made since the last checkpoint.
    if (versions.snapshot().added.length > 0) await this.#save();
    if (this.#keeper !== versions) return;
    const lineage = versions.after(retreat, by);
    await this.#checkpoints.restore(retreat.to.digest, lineage, this.#options.clock.nowMs());
    this.#options.onOverruled();
    if (this.#backend) await this.#load(this.#backend);
    const move = lineage.moves.at(-1);
    if (move) this.#options.onMove(move);
  }

  /** Goes back to an earlier version because somebody asks for it. @throws INVALID_DATA where it is not kept */
  rollBack({ to, by, why, setAside }: Omit<ParsedRollbackRequest, 'taskId'>): Promise<void> {
    return this.#runWhole(async () => {
      const { versionToGoBackTo } = await import('./versions/version-requests.ts');
      const version = await versionToGoBackTo(this.#options.store, this.modelKey, this.lineage, to);
      const upTo = setAside ? this.model.learnedTo : version.trainedTo;
      await this.#retreat({ to: version, upTo, why }, by);
    });
  }

  /** The next experience in log order, if it lies at or before `last`; reads the log a page ahead. */
  async #next(last: number): Promise<StoredExperience | undefined> {
    if (this.#ahead.length === 0 && this.model.learnedTo < last) {
      this.#ahead = await this.#options.store.experiencesAfter(this.modelKey, this.model.learnedTo, PAGE);
    }
    return (this.#ahead[0]?.position ?? Infinity) <= last ? this.#ahead.shift() : undefined;
  }

  /** A copy of the model as it is now, for publishing. */
  snapshot(): Promise<Checkpoint> {
    return this.#runWhole(() => this.model.checkpoint());
  }

  /** The model as it may leave the device. @throws WRONG_TASK_KIND where it may not */
  publishable(): Promise<Checkpoint> {
    return this.#runWhole(async () => {
      const { serving } = this;
      const model = await serving.publishable();
      const { id: taskId, kind } = this.#options.task;
      if (!model) throw new TendrilError('WRONG_TASK_KIND', { taskId, kind });
      return { ...(await serving.checkpoint()), model, replay: null, learnedTo: 0 };
    });
  }

  /** The registry gave the current model a number; stored at once, so that a reload knows it. */
  adopt(modelVersion: number): Promise<void> {
    return this.#runWhole(async () => {
      this.model.modelVersion = modelVersion;
      this.#keeper?.adopt(modelVersion);
      if (this.#learning) await this.#save();
    });
  }

  async #save(): Promise<void> {
    const snapshot = (await this.#versions()).snapshot();
    const checkpoint = await this.model.checkpoint();
    if (!isSound(checkpoint)) {
      await this.#restoreLastGood(checkpoint.learnedTo);
      return;
    }
    const stateBytes = await this.#checkpoints.save(checkpoint, this.#options.clock.nowMs(), snapshot);
    if (stateBytes === null) {
      if (this.#backend) await this.#load(this.#backend);
      return;
    }
    this.#stateBytes = stateBytes;
    this.#sinceCheckpoint = 0;
    await this.#keepVersions(snapshot.added);
    this.#options.onCheckpoint(this.learned());
  }

  async #keepVersions(added: readonly VersionRecord[]): Promise<void> {
    if (added.length === 0) return;
    const { store, modelKey, task } = this.#options;
    this.#keeper?.stored(added);
    await store.pruneVersions(modelKey, this.#keeper?.needed ?? [], task.versions.maxBytes);
  }

  /** Learning the same experiences again would diverge again: they are passed over. They stay in the log. */
  async #restoreLastGood(position: number): Promise<void> {
    this.#options.onError(new TendrilError('LEARNING_DIVERGED', { reason: `at log position ${position}` }));
    if (this.#backend) await this.#load(this.#backend);
    this.model.skipTo(position);
    this.#ahead = [];
    await this.#save();
  }

  /** For errors of learning that happens on its own. */
  report(caught: unknown): void {
    this.#options.onError(asTendrilError(caught));
  }
}

function referenceOf({ modelVersion, learnedTo }: Model): ModelReference {
  return { modelVersion, learnedTo };
}
