import { computeFailed } from '../../compute/compute-failed.ts';
import type { ComputeBackend } from '../../compute/compute.ts';
import { CODE_VERSION } from '../../core/code-version.ts';
import { asTendrilError } from '../../errors.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { StoredExperience, VersionRecord } from '../../memory/records.ts';
import type { Checkpoint } from '../../versions/checkpoint.ts';
import { Contest, type BetterGuard, type Bout } from '../../versions/contest.ts';
import { withExemplar } from '../../versions/exemplars.ts';
import type { GateReport } from '../../versions/gate/run-gate.ts';
import type { Judgement } from '../../versions/judgement.ts';
import {
  endOfQuarantine,
  guardsAfter,
  withMove,
  type Lineage,
  type Move,
  type VersionReference,
} from '../../versions/lineage.ts';
import { isSound } from '../../versions/soundness.ts';
import type { Model } from '../models/model.ts';
import type { Approval } from '../reviews/promotions.ts';
import type { PromotionGate } from './promotion-gate.ts';
import { readLineage } from './read-lineage.ts';
import {
  versionFile,
  VersionShelf,
  type Standing,
  type VersionFile,
  type VersionShelfOptions,
} from './version-shelf.ts';

export interface VersionKeeperOptions<M extends Model> extends VersionShelfOptions<M> {
  readonly task: ParsedTask;
  /** A model that has learned nothing. */
  readonly fresh: () => Checkpoint;
  readonly gate: PromotionGate;
  readonly onMove: (move: Move) => void;
  readonly onRefused: (report: GateReport) => void;
  /** The version waits for a person. */
  readonly onAwaiting: (version: VersionReference, report: GateReport) => void;
  /** What a person said about it; null where nobody was asked. */
  readonly approvalOf: (digest: string) => Promise<Pick<Approval, 'state' | 'by'> | null>;
  readonly onBout: (experience: StoredExperience, bout: Bout) => void;
}

/** Where a model goes back to. */
export interface Retreat {
  readonly to: VersionReference;
  /** Last log position of what is set aside. */
  readonly upTo: number;
  readonly why: string;
}

/** So many times the evidence of a promotion takes back one that was made against the past. */
const PROBATION = 5;
/** Of a champion on probation: on so many experiences, or this share of those that it has learned, it must have been judged before one after it is on none. */
const PROBATION_LASTS = 100;
const PROBATION_SHARE = 0.25;
/** So many times as long as what was learned astray seems to have lasted is set aside: some of it lies before what it is known by. */
const ASTRAY_SHARE = 1.5;
/** A refused challenger is looked at again after so many more experiences, or this share more. */
const RETRY_AFTER = 5;
const RETRY_SHARE = 0.1;

/**
 * The challenger of a ranking may be a little worse than the champion. Both are judged on what the champion chose to show: of what the challenger has found out
 * about everything else that says nothing, and a proof that it is better would come late or never. A decision gives several experiences, most of them of what
 * was passed over, so that there is little to lose for longer.
 */
const ofRankings = { mayBeWorse: 0.02, evidenceShare: 0.02 };

/** Milliseconds of the quickest judgement: what a busy device adds must not decide which version serves, or versions would differ from run to run. */
interface Latency {
  champion: number;
  challenger: number;
}

/** While versions are not gated, or need no evidence yet, there is one whenever this share more has been learned. */
const KEPT_EVERY = 0.25;

/**
 * Which version of a model answers. The one that learns, the challenger, is judged beside the champion on every experience before it is learned, and takes its
 * place when it is found better and passes the gate; earlier champions are judged too, and are gone back to when the champion is found worse. All of it
 * depends on the log alone, so that it comes out the same wherever a worker is killed.
 */
export class VersionKeeper<M extends Model> {
  readonly #options: VersionKeeperOptions<M>;
  readonly #shelf: VersionShelf<M>;
  #learner: M;
  #serving: M;
  #lineage: Lineage;
  #guards: readonly Standing<M>[] = [];
  #contest: Contest;
  #latency: Latency = { champion: Infinity, challenger: Infinity };

  private constructor(options: VersionKeeperOptions<M>, backend: ComputeBackend, learner: M, lineage: Lineage) {
    this.#options = options;
    this.#shelf = new VersionShelf(options, backend);
    this.#learner = learner;
    this.#serving = learner;
    this.#lineage = lineage;
    this.#contest = this.#newContest(0);
  }

  /** Opens what a stored lineage names. @param learns false in a tab that serves alone: nobody else is judged there */
  static async open<M extends Model>(
    options: VersionKeeperOptions<M>,
    backend: ComputeBackend,
    { learner, stored, learns }: { readonly learner: M; readonly stored: unknown; readonly learns: boolean },
  ): Promise<VersionKeeper<M>> {
    const lineage = readLineage(stored, learner.learnedTo, options.onError);
    const keeper = new VersionKeeper(options, backend, learner, lineage);
    try {
      await keeper.#openChampion();
      if (learns) await keeper.#openGuards();
      for (const model of keeper.#others()) model.followRecent(learner);
    } catch (caught) {
      keeper.dispose();
      throw caught;
    }
    return keeper;
  }

  /** The model that answers. */
  get serving(): M {
    return this.#serving;
  }

  get lineage(): Lineage {
    return this.#lineage;
  }

  get #gated(): boolean {
    const { kind, versions } = this.#options.task;
    // What a forecast or a search goes by is what came last: without it an earlier version has nothing to answer with.
    return versions.promotion === 'gated' && kind !== 'forecasting' && kind !== 'retrieval';
  }

  async #openChampion(): Promise<void> {
    const { champion } = this.#lineage;
    if (!this.#gated || this.#isFresh || champion?.trainedTo === this.#learner.learnedTo) return;
    this.#serving = (await this.#openNewest()) ?? this.#shelf.create(this.#options.fresh());
    this.#serving.carryOn(this.#learner);
  }

  /** The champion; where that cannot be had, the newest of those before it that can: what has not passed its gate must not serve for want of another. */
  async #openNewest(): Promise<M | null> {
    const { champion, guards } = this.#lineage;
    const candidates = [...(champion ? [champion] : []), ...guards];
    for (const [index, version] of candidates.entries()) {
      const model = await this.#shelf.open(version);
      if (!model) continue;
      if (index > 0 || !champion) this.#replaceChampion(version, candidates.slice(index + 1));
      return model;
    }
    this.#replaceChampion(null, []);
    return null;
  }

  /** What was gathered was about another one. */
  #replaceChampion(champion: VersionReference | null, guards: readonly VersionReference[]): void {
    const anew = { onProbation: false, astrayFrom: null, contest: null };
    this.#lineage = { ...this.#lineage, ...anew, champion, guards: [...guards] };
    this.#contest = this.#newContest(0);
  }

  async #openGuards(): Promise<void> {
    for (const version of this.#lineage.guards) {
      const model = await this.#shelf.open(version);
      if (model) this.#guards = [...this.#guards, { version, model }];
    }
    this.#contest = this.#newContest(this.#guards.length);
    try {
      if (this.#lineage.contest !== null) this.#contest.restore(this.#lineage.contest);
    } catch (caught) {
      // A guard is lost: the evidence begins anew.
      this.#options.onError(asTendrilError(caught, 'CHECKPOINT_CORRUPT'));
    }
  }

  #newContest(guards: number): Contest {
    const { kind, versions } = this.#options.task;
    const { alpha, averageRunLength } = versions;
    const { onProbation } = this.#lineage;
    const own = onProbation ? Math.min(averageRunLength, PROBATION / alpha) : averageRunLength;
    return new Contest({ alpha, averageRunLength: own, ...(kind === 'ranking' ? ofRankings : {}) }, guards);
  }

  /** Passes over what is set aside. @returns whether the experience is to be learned */
  admits({ position }: StoredExperience): boolean {
    return endOfQuarantine(this.#lineage.quarantined, position) === null;
  }

  /** To be called before the learner learns the experience, and followed by {@link learned}. */
  async judge(experience: StoredExperience): Promise<void> {
    const { payload, supersedes } = experience;
    if (this.#gated && this.#serving === this.#learner) await this.#partWays();
    // What does not count teaches nothing; what takes the place of something has been learned in another form.
    if (supersedes !== undefined || ('weight' in payload && payload.weight === 0)) return;
    const challenger = await this.#timed('challenger', () => this.#learner.judge(experience));
    if (!challenger) return;
    const of = async (model: M) =>
      model === this.#learner ? challenger : ((await model.judge(experience, challenger.actual)) ?? challenger);
    const champion = await this.#timed('champion', () => of(this.#serving));
    const guards: Judgement[] = [];
    for (const { model } of this.#guards) guards.push(await of(model));
    this.#options.onBout(experience, this.#contest.update(champion, challenger, guards));
    this.#value(payload);
  }

  /** Where the decision was made by today's champion, with what the challenger would have done logged beside it. */
  #value(payload: StoredExperience['payload']): void {
    if (payload.kind !== 'ranking' || payload.first?.servedTo !== (this.#lineage.champion?.trainedTo ?? 0)) return;
    const { propensity, reward, first } = payload;
    this.#contest.valued({ propensity, reward, champion: first.champion, challenger: first.challenger });
  }

  async #timed<T>(who: keyof Latency, judge: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const judgement = await judge();
    this.#latency[who] = Math.min(this.#latency[who], clock.monotonicMs() - startMs);
    return judgement;
  }

  /** Whether it has learned nothing here; it may have passed over something. */
  get #isFresh(): boolean {
    return this.#lineage.champion === null && this.#lineage.learned === 0;
  }

  /** The learner is about to change: what answers stays. */
  async #partWays(): Promise<void> {
    const { champion } = this.#lineage;
    if (this.#isFresh && this.#learner.modelVersion === null) {
      this.#serving = this.#shelf.create(this.#options.fresh());
    } else {
      // Until now the learner has been the champion, whatever it has passed over since.
      this.#serving = (champion && (await this.#shelf.open(champion))) ?? (await this.#keepLearner());
    }
    this.#serving.carryOn(this.#learner);
  }

  async #keepLearner(): Promise<M> {
    const { version, model } = await this.#shelf.keep(await this.#file(), null);
    this.#lineage = { ...this.#lineage, champion: version };
    return model;
  }

  /** The learner as it is now; kept, it is stored with the next checkpoint. @throws COMPUTE_FAILED where that is no numbers: nothing is to be made of it, not even a refusal */
  async #file(): Promise<VersionFile> {
    const { task } = this.#options;
    const { champion, learned } = this.#lineage;
    const checkpoint = await this.#learner.checkpoint();
    if (!isSound(checkpoint)) throw computeFailed(this.#learner.backend?.name ?? 'cpu', 'weights are no numbers');
    return versionFile(checkpoint, {
      parent: champion?.digest ?? null,
      trainingRange: [champion?.trainedTo ?? 0, checkpoint.learnedTo],
      learned,
      metrics: { judged: this.#contest.judged, advantage: this.#contest.advantage },
      rewardFormula: task.kind === 'ranking' ? (task.reward?.formula ?? null) : null,
      codeVersion: CODE_VERSION,
    });
  }

  /** @param experience that the learner has just learned @returns where to go back to, where an earlier champion is found better than this one */
  async learned({ position }: StoredExperience): Promise<Retreat | null> {
    const { learned, exemplars } = this.#lineage;
    this.#lineage = { ...this.#lineage, learned: learned + 1, exemplars: withExemplar(exemplars, position) };
    for (const model of this.#others()) model.followRecent(this.#learner);
    const retreat = this.#retreatTo(this.#contest.fallen());
    if (!retreat && this.#isDue()) await this.#promote();
    return retreat;
  }

  #retreatTo(fallen: BetterGuard | null): Retreat | null {
    const guard = fallen && this.#guards[fallen.guard];
    if (!fallen || !guard) return null;
    const upTo = Math.max(guard.version.trainedTo, this.#learner.learnedTo - fallen.age);
    return { to: guard.version, upTo, why: `an earlier version has been better for ${fallen.age} experiences` };
  }

  #isDue(): boolean {
    const { champion, learned, awaiting } = this.#lineage;
    if (awaiting || this.#contest.judged < (this.#lineage.refused?.askAgainAt ?? 0)) return false;
    const known = champion?.learned ?? 0;
    const hasGrown = learned >= known + Math.max(1, Math.ceil(KEPT_EVERY * known));
    if (!this.#gated) return hasGrown;
    const { judged, logEvidence } = this.#contest;
    const needed = this.#contest.needed(this.#lineage.mostLearned);
    return judged > 0 && logEvidence >= needed && (needed > 0 || hasGrown);
  }

  async #askGate({ checkpoint, bytes }: VersionFile): Promise<GateReport> {
    const { champion, learned, exemplars, mostLearned } = this.#lineage;
    return this.#options.gate.ask({
      challenger: this.#learner,
      champion: champion && this.#serving,
      gated: this.#gated,
      learned: { challenger: learned, champion: mostLearned },
      contest: this.#contest,
      exemplars,
      sizeBytes: bytes.length,
      finiteWeights: isSound(checkpoint),
      latencyMs: Number.isFinite(this.#latency.champion + this.#latency.challenger) ? { ...this.#latency } : null,
    });
  }

  #refuse(report: GateReport): void {
    const { judged } = this.#contest;
    const refused = {
      position: this.#learner.learnedTo,
      atMs: this.#options.clock.nowMs(),
      askAgainAt: judged + Math.max(RETRY_AFTER, Math.ceil(judged * RETRY_SHARE)),
      report: { ...report, checks: [...report.checks] },
    };
    this.#lineage = { ...this.#lineage, refused };
    this.#options.onRefused(report);
  }

  async #promote(): Promise<void> {
    const file = await this.#file();
    const report = await this.#askGate(file);
    if (!report.passed) {
      this.#refuse(report);
      return;
    }
    const evidence = this.#contest.logEvidence;
    const kept = await this.#shelf.keep(file, report);
    if (this.#options.task.regulated) {
      kept.model.dispose();
      this.#lineage = { ...this.#lineage, awaiting: kept.version };
      this.#options.onAwaiting(kept.version, report);
      return;
    }
    const isAgainstPast = this.#gated && this.#options.gate.isOverwhelming(this.#contest);
    const onProbation = isAgainstPast || this.#isStillOnProbation();
    const why = this.#gated ? `evidence ${Math.exp(Math.min(700, evidence)).toPrecision(3)} to 1` : 'kept';
    await this.#crown(kept, { by: 'tendril', why, onProbation });
  }

  #isStillOnProbation(): boolean {
    const { onProbation, champion } = this.#lineage;
    const lasts = Math.max(PROBATION_LASTS, PROBATION_SHARE * (champion?.learned ?? 0));
    return onProbation && this.#contest.judged < lasts;
  }

  /** Log position from which what is gone back from went astray, if it did. */
  #astrayFrom(onProbation: boolean): number | null {
    if (!onProbation) return null;
    const from = Math.max(0, this.#learner.learnedTo - Math.ceil(ASTRAY_SHARE * this.#contest.riseAge));
    // A champion after one on probation may still be made of what that one was.
    return this.#lineage.astrayFrom ?? from;
  }

  /** Looks whether a person has decided about the version that waits. */
  async settleApproval(): Promise<void> {
    const { awaiting } = this.#lineage;
    const approval = awaiting && (await this.#options.approvalOf(awaiting.digest));
    if (!awaiting || !approval || approval.state === 'open') return;
    this.#lineage = { ...this.#lineage, awaiting: null };
    const model = approval.state === 'accepted' ? await this.#shelf.open(awaiting) : null;
    const by = approval.by ?? 'reviewer';
    if (model) await this.#crown({ version: awaiting, model }, { by, why: 'approved', onProbation: false });
  }

  /** The version serves from now on. */
  async #crown(
    { version, model }: Standing<M>,
    { by, why, onProbation }: { readonly by: string; readonly why: string; readonly onProbation: boolean },
  ): Promise<void> {
    const { champion, guards, moves } = this.#lineage;
    const last = champion && { ...champion, judged: this.#contest.judged };
    const standing = await this.#standing(champion);
    const astrayFrom = this.#astrayFrom(onProbation);
    const next = guardsAfter(last, guards, { learned: version.learned, onProbation, astrayFrom });
    const kept = next.filter(({ digest }) => standing.has(digest));
    this.#replace(kept, standing);
    const replaced = this.#serving;
    if (this.#gated) {
      model.carryOn(replaced);
      model.followRecent(this.#learner);
      this.#serving = model;
    } else model.dispose();
    if (!last && replaced !== this.#learner) replaced.dispose();
    const position = this.#learner.learnedTo;
    const from = champion?.digest ?? null;
    const atMs = this.#options.clock.nowMs();
    const move: Move = { kind: 'promoted', to: version.digest, from, position, atMs, by, why };
    this.#lineage = {
      ...this.#lineage,
      champion: version,
      guards: kept,
      moves: withMove(moves, move),
      refused: null,
      mostLearned: Math.max(this.#lineage.mostLearned, version.learned),
      onProbation,
      astrayFrom,
    };
    this.#contest = this.#newContest(kept.length);
    this.#latency = { champion: Infinity, challenger: Infinity };
    this.#options.onMove(move);
  }

  /** Models of what stands until now, by digest. */
  async #standing(champion: VersionReference | null): Promise<Map<string, M>> {
    const standing = new Map(this.#guards.map(({ version, model }) => [version.digest, model]));
    const model = champion && (this.#gated ? this.#serving : await this.#shelf.open(champion));
    if (champion && model) standing.set(champion.digest, model);
    return standing;
  }

  #replace(kept: readonly VersionReference[], standing: Map<string, M>): void {
    this.#guards = kept.flatMap((version) => {
      const model = standing.get(version.digest);
      standing.delete(version.digest);
      return model ? [{ version, model }] : [];
    });
    for (const model of standing.values()) model.dispose();
  }

  /** For the checkpoint that is about to be stored. */
  snapshot(): { readonly lineage: Lineage; readonly added: readonly VersionRecord[] } {
    if (this.#serving !== this.#learner) this.#learner.carryOn(this.#serving);
    return { lineage: { ...this.#lineage, contest: this.#contest.state() }, added: this.#shelf.added };
  }

  /** The snapshot is stored. */
  stored(added: readonly VersionRecord[]): void {
    this.#shelf.stored(added);
  }

  /** The registry gave the version that answers a number. */
  adopt(modelVersion: number): void {
    this.#serving.modelVersion = modelVersion;
    const { champion } = this.#lineage;
    if (champion) this.#lineage = { ...this.#lineage, champion: { ...champion, modelVersion } };
  }

  /** Versions that must not go. */
  get needed(): string[] {
    const { champion, guards } = this.#lineage;
    return [champion, ...guards].flatMap((version) => version?.digest ?? []);
  }

  /** What the lineage is after going back, or being sent back. */
  after(retreat: Retreat, by: string): Lineage {
    const { champion, guards, quarantined, moves, exemplars, mostLearned, astrayFrom } = this.#lineage;
    const { to, upTo, why } = retreat;
    const atMs = this.#options.clock.nowMs();
    const position = this.#learner.learnedTo;
    const from = champion?.digest ?? null;
    const kind = by === 'tendril' ? 'rolled-back' : 'overruled';
    // What a person sets aside is all of it.
    const after = kind === 'rolled-back' ? Math.max(to.trainedTo, astrayFrom ?? 0) : to.trainedTo;
    const range = { after, upTo, digest: from ?? to.digest, why, atMs };
    return {
      champion: { ...to, judged: 0 },
      guards: guards.filter(({ trainedTo }) => trainedTo < to.trainedTo),
      learned: to.learned,
      mostLearned,
      onProbation: false,
      astrayFrom: null,
      quarantined: upTo > after ? [...quarantined, range] : quarantined,
      moves: withMove(moves, { kind, to: to.digest, from, position, atMs, by, why }),
      // What is learned on and not set aside is taken in again.
      exemplars: { ...exemplars, positions: exemplars.positions.filter((at) => at <= to.trainedTo) },
      refused: null,
      awaiting: null,
      contest: null,
    };
  }

  async moveTo(backend: ComputeBackend): Promise<void> {
    this.#shelf.backend = backend;
    for (const model of this.#others()) await model.moveTo(backend);
  }

  /** All but the learner. */
  dispose(): void {
    for (const model of this.#others()) model.dispose();
  }

  #others(): M[] {
    const guards = this.#guards.map(({ model }) => model);
    return this.#serving === this.#learner ? guards : [this.#serving, ...guards];
  }
}
