import type { ComputeBackend } from '../compute/compute.ts';
import type { Clock } from '../core/clock.ts';
import { SerialQueue } from '../core/serial-queue.ts';
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
import { Divergence } from './divergence.ts';
import { LearningAccount } from './learning-account.ts';
import { LearningSlices } from './learning-slices.ts';
import { LogReader } from './log-reader.ts';
import { freshCheckpoint } from './models/fresh-checkpoint.ts';
import type { Model, ModelOrigin } from './models/model.ts';
import type { ParsedRollbackRequest } from './versions/version-requests.ts';
import { PromotionGate } from './versions/promotion-gate.ts';
import { loadKeeper } from './versions/load-keeper.ts';
import type { Retreat, VersionKeeper, VersionKeeperOptions } from './versions/version-keeper.ts';

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
  readonly #slices: LearningSlices;
  readonly #log: LogReader;
  readonly #divergence = new Divergence();
  /** Whether learning an experience, or loading the model, failed half way: what is in memory is no state that the log makes. */
  #isTorn = false;
  /** What has been gone back to, until it is loaded. */
  #overruled: Lineage | null = null;
  #model: M | null = null;
  #keeper: VersionKeeper<M> | null = null;
  #backend: ComputeBackend | null = null;
  #sinceCheckpoint = 0;
  #stateBytes = 0;
  #learning = false;

  constructor(options: ModelHostOptions<M>) {
    this.#options = options;
    const { task, schemaHash, store, modelKey } = options;
    this.#expected = { taskId: task.id, schemaHash, spec: expectedSpec(task) };
    this.#checkpoints = new CheckpointStore(store, modelKey, this.#expected);
    this.#slices = new LearningSlices(options.clock, options.yieldToEvents);
    this.#log = new LogReader(store, modelKey);
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

  /** Log position up to which nothing is needed to learn on, by this model and whichever of the stored checkpoints has to be gone back to. */
  get learnedByAll(): number {
    return Math.min(this.#checkpoints.learnedByAll, this.model.learnedTo);
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
    return this.#overruled ?? this.#keeper?.lineage ?? emptyLineage;
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

  async #loadAnew(): Promise<void> {
    if (this.#backend) await this.#load(this.#backend);
  }

  async #load(backend: ComputeBackend): Promise<void> {
    const { fetchInitial, onError } = this.#options;
    this.#isTorn = true;
    const open = (read: LoadedCheckpoint) => this.#open({ backend: this.#slices.of(backend), ...read });
    const stored = await this.#checkpoints.load(this.#learning, open, onError);
    const loaded = stored?.opened ?? this.#first(backend, await fetchInitial());
    const keeper = stored ? await this.#openKeeper(backend, loaded, stored.lineage).catch(disposing(loaded)) : null;
    const [replaced, others] = [this.#model, this.#keeper];
    this.#model = loaded;
    this.#keeper = keeper;
    this.#backend = backend;
    this.#stateBytes = stored?.stateBytes ?? 0;
    this.#sinceCheckpoint = 0;
    this.#log.rewind();
    others?.dispose();
    replaced?.dispose();
    if (this.#divergence.isSuspected && !isSound(await loaded.checkpoint()))
      throw this.#failed('the device does not hold the weights that it was given');
    this.#isTorn = false;
    this.#overruled = null;
  }

  /** @throws CHECKPOINT_CORRUPT where nothing could be learned on from it */
  #open(origin: ModelOrigin): M {
    if (isSound(origin.checkpoint)) return this.#options.createModel(origin);
    throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'its weights have diverged' });
  }

  /** It is no backend to go on with; the error is to be thrown. */
  #failed(reason: string): TendrilError {
    const error = new TendrilError('COMPUTE_FAILED', { backend: this.#backend?.name ?? 'none', reason });
    this.#isFailure(error);
    return error;
  }

  /** @returns whether the backend is at fault, which is told */
  #isFailure(caught: unknown): boolean {
    if (!isOfCompute(caught)) return false;
    this.#options.onFailed(caught);
    return true;
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
    const backend = this.#slices.of(opened);
    try {
      if (fetched) return this.#open({ backend, checkpoint: fetched, replayed: [] });
    } catch (caught) {
      // What a backend cannot do says nothing about what it should have done it with.
      if (isOfCompute(caught)) throw caught;
      onError(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
    }
    return createModel({ backend, checkpoint: freshCheckpoint(task, schemaHash), replayed: [] });
  }

  /** Continues on another backend, between two experiences. Where that fails it stays where it was. @throws COMPUTE_FAILED */
  moveTo(backend: ComputeBackend): Promise<void> {
    return this.#runWhole(async () => {
      try {
        await this.model.moveTo(this.#slices.of(backend));
        await this.#keeper?.moveTo(backend);
        this.#backend = backend;
      } catch (caught) {
        // Some of its versions may have moved.
        await this.#loadAnew();
        throw caught;
      }
    });
  }

  /** In turn, and on a model that is what the log makes of it. */
  #runWhole<T>(job: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#isTorn) await this.#loadAnew();
      return job();
    });
  }

  /** Whether this tab learns this model. */
  get learning(): boolean {
    return this.#learning;
  }

  /** This tab learns from now on. To be followed by {@link load}: a model that learns needs its replay buffer, and what another tab has stored. */
  startLearning(): Promise<void> {
    this.#learning = true;
    return this.#account.resume();
  }

  /** Starts over from what is stored, because something was forgotten or has failed. */
  reload(): Promise<void> {
    return this.#queue.run(() => this.#loadAnew());
  }

  /**
   * Learns what waits in the log, where its time has come and as long as the device has time for it, and stores a checkpoint. Does nothing where another tab
   * learns.
   */
  drain(reason: LearningReason = 'asked'): Promise<void> {
    return this.#runWhole(async () => {
      if (!this.#learning) return;
      await this.#untilDone(() => this.#settleApproval());
      if (!(await this.#account.allows(reason, this.model.learnedTo))) return;
      do await this.#learnTo(Infinity, CHECKPOINT_EVERY_MS, reason);
      while (this.#sinceCheckpoint > 0 && !(await this.#save()));
    });
  }

  /** @returns false where it cannot be stored; see {@link #save} */
  async #settleApproval(): Promise<boolean> {
    const { moves } = this.lineage;
    await this.#keeper?.settleApproval();
    return this.lineage.moves === moves || this.#save();
  }

  /** Learns up to a log position, without a checkpoint for each. */
  learnTo(position: number): Promise<void> {
    return this.#runWhole(async () => {
      do await this.#learnTo(position, Infinity, 'asked');
      while (this.#sinceCheckpoint >= CHECKPOINT_EVERY && !(await this.#save()));
    });
  }

  /** Until it is done. Where the model had to be loaded anew instead, what it had learned is learned again first. */
  async #untilDone(attempt: () => Promise<boolean>): Promise<void> {
    const { learnedTo } = this.model;
    while (!(await attempt())) await this.#learnTo(learnedTo, Infinity, 'asked');
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
      if (this.#divergence.isSuspected && this.#sinceCheckpoint > 0 && !(await this.#save())) continue;
      const experience = await this.#log.next(this.model.learnedTo, last);
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
      const retreat = await this.#slices.divisible(this.#isDivisible(versions), async () => {
        await this.model.learnOne(experience);
        await this.#slices.giveWay();
        return versions.learned(experience);
      });
      this.#options.onLearned(this.#slices.workedMs - startMs);
      if (retreat && (await this.#retreat(retreat, 'tendril'))) await this.#loadAnew();
    } catch (caught) {
      await this.#settleFailure(caught, reached);
    }
  }

  /** Where the weights are no numbers, before a checkpoint showed it, that is the cause. @throws `caught` where it is not */
  async #settleFailure(caught: unknown, position: number): Promise<void> {
    this.#isTorn = true;
    // Nothing can be read of a lost device.
    const checkpoint = await this.model.checkpoint().catch(() => null);
    if (!checkpoint || isSound(checkpoint)) {
      this.#isFailure(caught);
      throw caught;
    }
    await this.#goBack(position);
  }

  /** Others may come in between where somebody else answers; with `versions.shadow` the challenger is asked, too. */
  #isDivisible({ serving }: VersionKeeper<M>): boolean {
    return serving !== this.model && !this.#options.task.versions.shadow;
  }

  /**
   * Goes back to an earlier version, to be loaded then and learned on from without what is set aside.
   * @returns false where it is not done, because the model had to be loaded anew for it
   */
  async #retreat(retreat: Retreat, by: string): Promise<boolean> {
    const versions = await this.#versions();
    // What is gone back to may have been made since the last checkpoint.
    if (versions.snapshot().added.length > 0 && !(await this.#save())) return false;
    const lineage = versions.after(retreat, by);
    await this.#checkpoints.restore(retreat.to.digest, lineage, this.#options.clock.nowMs());
    this.#options.onOverruled();
    this.#isTorn = true;
    this.#overruled = lineage;
    const move = lineage.moves.at(-1);
    if (move) this.#options.onMove(move);
    return true;
  }

  /** Goes back to an earlier version because somebody asks for it. @throws INVALID_DATA where it is not kept */
  rollBack({ to, by, why, setAside }: Omit<ParsedRollbackRequest, 'taskId'>): Promise<void> {
    return this.#runWhole(async () => {
      const { versionToGoBackTo } = await import('./versions/version-requests.ts');
      await this.#untilDone(async () => {
        const version = await versionToGoBackTo(this.#options.store, this.modelKey, this.lineage, to);
        const upTo = setAside ? this.model.learnedTo : version.trainedTo;
        return this.#retreat({ to: version, upTo, why }, by);
      });
      // It is done and stored: where it cannot be loaded now, whoever comes next does that.
      await this.#loadAnew().catch((caught: unknown) => {
        if (!this.#isFailure(caught)) throw caught;
      });
    });
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
      const checkpoint = await serving.checkpoint();
      if (!isSound(checkpoint)) throw this.#failed('weights are no numbers');
      return { ...checkpoint, model, replay: null, learnedTo: 0 };
    });
  }

  /** The registry gave the current model a number; stored at once, so that a reload knows it. */
  adopt(modelVersion: number): Promise<void> {
    return this.#runWhole(async () => {
      await this.#untilDone(async () => {
        this.model.modelVersion = modelVersion;
        this.#keeper?.adopt(modelVersion);
        return !this.#learning || (await this.#save());
      });
    });
  }

  /** @returns false where it cannot be stored as it is: the model is loaded anew, and what it had learned since is to be learned again */
  async #save(): Promise<boolean> {
    const snapshot = (await this.#versions()).snapshot();
    const checkpoint = await this.model.checkpoint();
    if (!isSound(checkpoint)) {
      await this.#goBack(checkpoint.learnedTo);
      return false;
    }
    const stateBytes = await this.#checkpoints.save(checkpoint, this.#options.clock.nowMs(), snapshot);
    if (stateBytes === null) {
      await this.#loadAnew();
      return false;
    }
    this.#stateBytes = stateBytes;
    this.#sinceCheckpoint = 0;
    this.#divergence.stored(checkpoint.learnedTo);
    await this.#keepVersions(snapshot.added);
    await this.#account.keep();
    this.#options.onCheckpoint(this.learned());
    return true;
  }

  async #keepVersions(added: readonly VersionRecord[]): Promise<void> {
    if (added.length === 0) return;
    const { store, modelKey, task } = this.#options;
    this.#keeper?.stored(added);
    await store.pruneVersions(modelKey, this.#keeper?.needed ?? [], task.versions.maxBytes);
  }

  /** To the last good state, because weights are no numbers; what has made them so is passed over. It stays in the log. @param position learned last, or half learned */
  async #goBack(position: number): Promise<void> {
    const remedy = this.#divergence.seenAt(position);
    if (remedy === 'give up') {
      this.#isTorn = true;
      throw this.#failed('weights become no numbers whatever is learned');
    }
    await this.#loadAnew();
    // What is stored was sound: nothing that was learned up to there is to blame.
    if (remedy !== 'pass over' || position <= this.model.learnedTo) return;
    this.#options.onError(new TendrilError('LEARNING_DIVERGED', { reason: `at log position ${position}` }));
    this.model.skipTo(position);
    this.#sinceCheckpoint++;
  }

  /** For errors of learning that happens on its own. */
  report(caught: unknown): void {
    this.#options.onError(asTendrilError(caught));
  }
}

/** Passes an error on, when the model that it leaves behind is disposed. */
function disposing(model: Model): (caught: unknown) => never {
  return (caught) => {
    model.dispose();
    throw caught;
  };
}

function isOfCompute(caught: unknown): caught is TendrilError {
  return caught instanceof TendrilError && caught.code === 'COMPUTE_FAILED';
}

function referenceOf({ modelVersion, learnedTo }: Model): ModelReference {
  return { modelVersion, learnedTo };
}
