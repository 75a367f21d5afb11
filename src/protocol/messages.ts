import type { BackendName } from '../compute/compute.ts';
import type { Json } from '../core/part-state.ts';
import type { Candidate, Features, TaskDeclaration } from '../core/task.ts';
import type { Signal } from '../core/signal.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { DecisionExplanation } from '../feedback/explain.ts';
import type { KnowledgeRecord } from '../memory/long-term/knowledge.ts';
import type { AuditRecord, ReviewState } from '../memory/review-records.ts';
import type { Alert } from '../monitor/alerts/alert.ts';
import type { Doubt } from '../review/doubt.ts';
import type { DecisionWhy, Proposal } from '../review/review-case.ts';
import type { ReviewOutcome } from '../review/settlement.ts';
import type { UpliftEstimate } from '../monitor/sequential/estimate-uplift.ts';
import type { GateReport } from '../versions/gate/run-gate.ts';
import type { Move, QuarantinedRange, VersionReference } from '../versions/lineage.ts';
import type { BackendStatus, IndexStatus } from './backend-status.ts';
import type { HealthAggregates, HealthReport } from './health.ts';

export type {
  Alert,
  AuditRecord,
  BackendName,
  BackendStatus,
  DecisionExplanation,
  GateReport,
  HealthAggregates,
  HealthReport,
  IndexStatus,
  QuarantinedRange,
  VersionReference,
  KnowledgeRecord,
  Move,
  Proposal,
  ReviewOutcome,
  ReviewState,
  Signal,
};

/** Every message between a page and its learner worker. Types only: this file is the worker boundary. */

/** Both sides must agree on it; a worker that answers another number is refused. */
export type ProtocolVersion = 1;

/** An error as plain data, because structured cloning keeps only the message of an Error. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

export type WireResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

export interface StartRequest {
  readonly protocolVersion: ProtocolVersion;
  readonly tasks: readonly TaskDeclaration[];
  /** Name of the database in this origin. */
  readonly namespace: string;
  readonly storage: 'indexeddb' | 'memory';
  /** Base URL of the registry, or null to stay on the device. */
  readonly registryUrl: string | null;
  /** Alias that a device without a model starts from. */
  readonly registryAlias: string;
  /** Backends to consider, in the order of preference before anything is measured; one name pins it. */
  readonly backends: readonly BackendName[];
}

export interface StartReport {
  readonly protocolVersion: ProtocolVersion;
  /** Tasks that cannot be served, with the reason. */
  readonly refused: Readonly<Record<string, WireError>>;
  /** Name of a lock that the worker holds as long as it lives; null where there are no locks. */
  readonly lifeLock: string | null;
}

/** What only a page can find out about its device, and whether it can be seen itself; null where the browser does not say. */
export interface PageHints {
  /** Charge in [0, 1]. */
  readonly battery: number | null;
  readonly charging: boolean | null;
  readonly hidden: boolean;
}

/** The model that answered: the registry's number that it descends from, and the log position that it has learned up to. */
export interface ModelReference {
  readonly modelVersion: number | null;
  readonly learnedTo: number;
}

/**
 * Why the page's own answer stands although the model has one, and the review that waits for a person where it is a person's. `comparison`: the decision was drawn to keep
 * the page's order, so that the two can be compared; `apprentice`, `worse`: the model stands back until it has shown that it does as well.
 */
export interface Abstention {
  readonly reason: Doubt | 'comparison' | 'apprentice' | 'worse';
  readonly reviewId: string | null;
}

/** Where it is not null the page's own answer stands, and the rest is what the model would have said. */
interface MayAbstain {
  readonly abstained: Abstention | null;
}

export interface RankRequest {
  readonly taskId: string;
  readonly decisionId: string;
  readonly context: Features;
  /** In the host's own order. Omitted: those given by `setCandidates`. */
  readonly candidates?: readonly Candidate[];
}

export interface RankedCandidate {
  readonly id: string;
  /** Expected reward in [0, 1] by the model. */
  readonly score: number;
  /** Chance that this candidate was given this position, given the positions before it. */
  readonly propensity: number;
}

export interface RankAnswer extends MayAbstain {
  readonly decisionId: string;
  readonly order: readonly RankedCandidate[];
  readonly model: ModelReference;
}

export interface ClassifyRequest {
  readonly taskId: string;
  readonly decisionId: string;
  readonly input: Features;
}

export interface ClassifyAnswer extends MayAbstain {
  readonly decisionId: string;
  /** The most probable class; null before any class is known. */
  readonly label: string | null;
  /** Class to probability; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly model: ModelReference;
}

export interface PredictRequest {
  readonly taskId: string;
  readonly decisionId: string;
  readonly input: Features;
}

/** A number, and the bounds that hold the true one as often as the task's coverage says; infinite while nothing was learned. */
export interface Interval {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

export interface PredictAnswer extends Interval, MayAbstain {
  readonly decisionId: string;
  readonly model: ModelReference;
}

/** One value of a series. Values may come late and in any order; a time that is known already is not learned again. */
export interface Observation {
  /** Index of the step in the series: a whole number, 0 or more. */
  readonly time: number;
  /** null where it was not observed. */
  readonly value: number | null;
  readonly features?: Features;
  /** Features of the steps after it, the next one first, as far as they are known by then. */
  readonly known?: readonly Features[];
}

export interface ForecastRequest {
  readonly taskId: string;
  readonly decisionId: string;
  /** Features of the steps to come, the next one first, where they are known. */
  readonly known?: readonly Features[];
}

export interface ForecastStep extends Interval {
  readonly time: number;
}

export interface ForecastAnswer {
  readonly decisionId: string;
  /** The next steps, as many as the task's horizon; none before the first observation. */
  readonly steps: readonly ForecastStep[];
  readonly model: ModelReference;
}

/** Something to be found: knowledge that is updated without weights. */
export interface RetrievalItem {
  readonly id: string;
  /** What it is found by, where vectors are made here. */
  readonly text?: string;
  /** What it is found by, where the page makes the vectors. */
  readonly embedding?: readonly number[];
  /** What the page gets back with it: an answer, a link, anything that is JSON. */
  readonly answer?: Json;
}

interface ChangeRequest {
  readonly taskId: string;
  /** The same request delivered twice is one. */
  readonly requestId: string;
  /** Who says so; kept with the items. */
  readonly source: string;
}

export interface AddItemsRequest extends ChangeRequest {
  readonly items: readonly RetrievalItem[];
}

export interface RemoveItemsRequest extends ChangeRequest {
  readonly ids: readonly string[];
}

export interface RetrievalQuery {
  readonly text?: string;
  readonly embedding?: readonly number[];
  /** How many items at most; default 5. */
  readonly count?: number;
}

export interface RetrieveRequest {
  readonly taskId: string;
  readonly decisionId: string;
  readonly query: RetrievalQuery;
}

export interface RetrievedItem {
  readonly id: string;
  readonly answer: Json;
  /** Cosine similarity and what feedback for queries like this one adds. */
  readonly score: number;
  readonly similarity: number;
  /** Event of the correction that puts this item first, or null. */
  readonly correctedBy: string | null;
  /** Events of the feedback behind the score, oldest first. */
  readonly feedback: readonly string[];
  /** Where the item comes from. */
  readonly provenance: { readonly eventId: string; readonly atMs: number; readonly source: string };
}

export interface RetrieveAnswer {
  readonly decisionId: string;
  readonly items: readonly RetrievedItem[];
  readonly model: ModelReference;
}

/** What should have been found instead: an item that is there, or a new one. */
export type Correction = { readonly item: string } | { readonly newItem: RetrievalItem };

/** What came of a decision. `item` with `vote` or `correction` for a retrieval; `label` for a classification; `value` for a regression; `item` and `reward` (in [0, 1], default 1) for a ranking. */
export interface FeedbackRequest {
  readonly decisionId: string;
  readonly label?: string;
  readonly item?: string;
  readonly reward?: number;
  /** The true value, for a regression. */
  readonly value?: number;
  /**
   * Numbers observed of the visit, by name (e.g. seconds of dwell), for a ranking whose task declares a reward: they make the reward, in the place of
   * `reward`.
   */
  readonly signals?: Readonly<Record<string, number | null>>;
  /** What the visitor said, in [0, 1]: a thumb as 0 or 1, stars scaled. */
  readonly satisfaction?: number;
  /** Whether an item that was found was the right one. */
  readonly vote?: 'up' | 'down';
  readonly correction?: Correction;
  /** How much it counts, default 1. */
  readonly weight?: number;
  /** Who says so, e.g. `visitor` (the default) or `editor`: kept with what is learned from it, and weighed by how reliable it is. */
  readonly source?: string;
}

export interface Acknowledged {
  /** Position in the episodic log of the last experience that this feedback gave. */
  readonly position: number;
  /** True where all of it was in the log already. */
  readonly duplicate: boolean;
}

/** What became of a batch of signals. All but the refused ones are stored now. */
export interface SignalsStored {
  readonly stored: number;
  /** Delivered before. */
  readonly duplicates: number;
  /** Not valid, by place in the batch. */
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/** What to forget; what several fields name together is what fits all of them. At least one but the task is needed. */
export interface ForgetRequest {
  readonly taskId: string;
  readonly item?: string;
  /** From this time on and before that one, in milliseconds since the Unix epoch. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly signalType?: string;
}

/** What was forgotten, and what that meant for the model. */
export interface ForgetAccount {
  /** Records removed, by table. */
  readonly removed: Readonly<Record<string, number>>;
  /** Log position that the model went back to: it had never seen what was forgotten. 0 is a model that has learned nothing here. */
  readonly restoredFrom: number;
  /** Experiences that are left after that, and that it learns again. */
  readonly relearned: number;
}

/** What is remembered for a task. */
export interface MemoryStatus {
  /** Of the episodic log. */
  readonly experiences: number;
  /** As estimated when they were written. */
  readonly bytes: number;
  readonly oldestAtMs: number | null;
  /** Entries of the long-term memory, by kind. */
  readonly longTerm: Readonly<Record<string, number>>;
  /** The last consolidation, null before the first. */
  readonly consolidation: ConsolidationReport | null;
}

export interface ConsolidationReport {
  /** Log position that long-term memory has taken in. */
  readonly consolidatedTo: number;
  readonly atMs: number;
  readonly kept: number;
  readonly dropped: number;
}

/** Something that waits for a person, or that one has settled, with what it takes to settle it. */
export interface ReviewItem {
  readonly reviewId: string;
  readonly taskId: string;
  readonly kind: 'decision' | 'promotion';
  readonly state: ReviewState;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
  readonly why: DecisionWhy | 'promotion';
  /** null for a version. */
  readonly confidence: number | null;
  /** The input, or the context of a ranking. */
  readonly input: Features;
  /** Of a ranking, in the page's own order where that was shown. */
  readonly candidates: readonly Candidate[];
  /** Classes that are known to the model. */
  readonly classes: readonly string[];
  /** What the model would have said, or has said; null for a version. */
  readonly proposal: Proposal | null;
  /** Of the version that waits to be approved. */
  readonly digest: string | null;
  /** What was said of that version: plain data. */
  readonly about: unknown;
  readonly outcome: ReviewOutcome | null;
}

/** A reviewer's word. A rejection, and the refusal of a version, has a reason. */
export interface SettleReviewRequest {
  readonly reviewId: string;
  /** `accept` also approves a version. */
  readonly verdict: 'accept' | 'correct' | 'reject';
  /** The reviewer's name: with what is learned, and in the audit trail. */
  readonly reviewer: string;
  readonly reason?: string;
  /** What is right instead: a class, */
  readonly label?: string;
  /** the best candidate, */
  readonly item?: string;
  /** what several candidates are worth, in [0, 1], */
  readonly grades?: Readonly<Record<string, number>>;
  /** or a number. */
  readonly value?: number;
  /** What was done instead, in words: kept with the review, and not learned. */
  readonly text?: string;
}

/** Of reviews by people elsewhere. */
export interface SharingStatus {
  readonly agreed: boolean;
  /** Open reviews that are still to be sent. */
  readonly unsent: number;
}

export interface ReviewSettled {
  readonly state: ReviewState;
  /** Log position of what is learned of it; null where nothing is. */
  readonly position: number | null;
}

/** A stored version, without its weights. */
export interface KeptVersion {
  /** SHA-256 of its safetensors file, hex. */
  readonly digest: string;
  /** Log position that it has learned up to. */
  readonly trainedTo: number;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  /** Where it comes from, and the report of its gate; null where that is damaged. */
  readonly about: {
    readonly parent: string | null;
    readonly trainingRange: readonly [after: number, upTo: number];
    readonly learned: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly codeVersion: string;
    readonly gate: GateReport | null;
  } | null;
}

/** Which versions of a model serve, compete and wait. */
export interface VersionsStatus {
  /** What serves; null while it is a model that has learned nothing. */
  readonly champion: VersionReference | null;
  /** Earlier champions that go on being judged. */
  readonly guards: readonly VersionReference[];
  readonly challenger: { readonly learned: number };
  /** Whether the champion was promoted although it does worse on the past. */
  readonly onProbation: boolean;
  /** A version that waits for a person's approval. */
  readonly awaiting: VersionReference | null;
  /** Stretches of the log that are not learned. */
  readonly quarantined: readonly QuarantinedRange[];
  /** The newest first. */
  readonly moves: readonly Move[];
  /** The last promotion that the gate refused since the last one that it let through. */
  readonly refused: { readonly position: number; readonly atMs: number; readonly report: GateReport } | null;
  /** The newest first. */
  readonly kept: readonly KeptVersion[];
  /** null where it is no ranking. */
  readonly comparison: ComparisonStatus | null;
}

/** The model's order against the page's. */
export interface ComparisonStatus {
  /** Of decisions that keep the page's order. */
  readonly share: number;
  /** Why the page's order stands for every decision; null while the model's is shown. */
  readonly standsBack: 'apprentice' | 'worse' | null;
  /** Share of looked-at decisions in which the model would have put first what the page did. */
  readonly match: { readonly share: number | null; readonly count: number };
  /** What the model's order brings more, in reward a decision; null where no decision keeps the page's. */
  readonly uplift: UpliftEstimate | null;
}

export interface RollbackRequest {
  readonly taskId: string;
  /** Digest of the version to go back to, or how it begins (8 digits at least); default the champion before this one. */
  readonly to?: string;
  /** Who asks, and why; kept with the move. */
  readonly by?: string;
  readonly why?: string;
  /** Whether what was learned since is set aside, or learned again; default set aside. */
  readonly setAside?: boolean;
}

/** One step of a replayed stream: a prediction, or the label of an earlier one. */
export type StreamStep =
  | { readonly type: 'predict'; readonly decisionId: string; readonly input: Features }
  | { readonly type: 'learn'; readonly decisionId: string; readonly label: string };

export type StreamResult =
  | {
      readonly type: 'predicted';
      readonly decisionId: string;
      readonly label: string | null;
      readonly probabilities: Readonly<Record<string, number>>;
      readonly durationMs: number;
    }
  | { readonly type: 'learned'; readonly decisionId: string; readonly durationMs: number };

export interface Publication {
  readonly model: string;
  /** SHA-256 of the safetensors file, `sha256:<hex>`. */
  readonly digest: string;
  /** The registry's number; null while the checkpoint waits in the outbox. */
  readonly modelVersion: number | null;
  readonly queued: boolean;
  /** Why it is queued, where it is. */
  readonly error: WireError | null;
}

export interface TaskStatus {
  readonly kind: TaskDeclaration['kind'];
  /** Of all tabs of an origin one learns a model; all serve it. */
  readonly role: 'learner' | 'follower';
  readonly schemaHash: string;
  /** The model that learns. */
  readonly model: ModelReference;
  /** The version that answers. */
  readonly serving: ModelReference;
  /** Experiences in the log of this model, and those of them not learned yet. */
  readonly experiences: number;
  readonly pending: number;
  readonly parameters: number;
  /** Bytes of the last checkpoint; 0 before the first. */
  readonly stateBytes: number;
  readonly classes: readonly string[];
  readonly backend: BackendStatus;
  /** What finds the items of a retrieval where they are many; null where all of them are looked at. */
  readonly index: IndexStatus | null;
}

export interface WorkerStatus {
  /** Of the first task; each task has its own. */
  readonly backend: BackendStatus;
  readonly storage: 'indexeddb' | 'memory';
  readonly tasks: Readonly<Record<string, TaskStatus>>;
  readonly outbox: { readonly waiting: number; readonly parked: number };
  /** The last errors, newest first. */
  readonly errors: readonly WireError[];
}

/** What is stored on the device. */
export interface StoredData {
  readonly storage: 'indexeddb' | 'memory';
  /** Records by table. */
  readonly records: Readonly<Record<string, number>>;
}

/** Something that the page may want to know without asking. */
export type WorkerEvent =
  | { readonly type: 'error'; readonly error: WireError; readonly taskId: string | null }
  | { readonly type: 'learned'; readonly taskId: string; readonly model: ModelReference }
  /** Another version serves. */
  | { readonly type: 'version'; readonly taskId: string; readonly move: Move }
  /** Something waits for a reviewer, or no longer does. `reviewId` is null where another tab says so. */
  | { readonly type: 'review'; readonly taskId: string; readonly reviewId: string | null; readonly waiting: number }
  /** Something is not as it should be, or no longer so. */
  | {
      readonly type: 'alert';
      readonly taskId: string;
      readonly state: 'raised' | 'cleared';
      readonly alert: Alert;
      /** What is known about where it comes from, or null. */
      readonly attribution: string | null;
    }
  | { readonly type: 'backend'; readonly serving: BackendName; readonly why: string };

/** What a learner worker offers. Nothing here rejects: errors come back as a {@link WireResult}. */
export interface LearnerWorker {
  start(request: StartRequest, onEvent: (event: WorkerEvent) => void): Promise<WireResult<StartReport>>;
  /** Nothing is asked for by that: what can wait goes by it. */
  hearDevice(hints: PageHints): Promise<WireResult<null>>;
  /** Sets the candidates of a task, or adds to them; answers how many there are now. */
  setCandidates(
    taskId: string,
    candidates: readonly Candidate[],
    mode: 'replace' | 'append',
  ): Promise<WireResult<number>>;
  rank(request: RankRequest): Promise<WireResult<RankAnswer>>;
  classify(request: ClassifyRequest): Promise<WireResult<ClassifyAnswer>>;
  predict(request: PredictRequest): Promise<WireResult<PredictAnswer>>;
  forecast(request: ForecastRequest): Promise<WireResult<ForecastAnswer>>;
  /** Adds values to a series. */
  observe(taskId: string, observations: readonly Observation[]): Promise<WireResult<Acknowledged>>;
  retrieve(request: RetrieveRequest): Promise<WireResult<RetrieveAnswer>>;
  addItems(request: AddItemsRequest): Promise<WireResult<Acknowledged>>;
  removeItems(request: RemoveItemsRequest): Promise<WireResult<Acknowledged>>;
  /** The page did not wait for the answer and showed its own order or none: the log must say so. */
  servedByHost(decisionId: string): Promise<WireResult<null>>;
  feedback(request: FeedbackRequest): Promise<WireResult<Acknowledged>>;
  /** Stores what happened; what it means for its decisions is worked out behind the answer. */
  signals(batch: readonly Signal[]): Promise<WireResult<SignalsStored>>;
  explain(decisionId: string): Promise<WireResult<DecisionExplanation>>;
  forget(request: ForgetRequest): Promise<WireResult<ForgetAccount>>;
  memory(taskId: string): Promise<WireResult<MemoryStatus>>;
  /** The entries of a task's long-term memory that stand. */
  knowledge(taskId: string): Promise<WireResult<readonly KnowledgeRecord[]>>;
  /** Takes what is new in the log into long-term memory, now. */
  consolidate(taskId: string): Promise<WireResult<ConsolidationReport>>;
  versions(taskId: string): Promise<WireResult<VersionsStatus>>;
  /** Goes back to an earlier version, for every tab. */
  rollback(request: RollbackRequest): Promise<WireResult<VersionsStatus>>;
  /** How the task does. */
  health(taskId: string): Promise<WireResult<HealthReport>>;
  /** What of it may leave the device. */
  aggregates(taskId: string): Promise<WireResult<HealthAggregates>>;
  /** Up to 200 of a task in a state, the oldest first. */
  reviews(taskId: string, state: ReviewState): Promise<WireResult<readonly ReviewItem[]>>;
  settleReview(request: SettleReviewRequest): Promise<WireResult<ReviewSettled>>;
  /** Up to 200 entries of a task's audit trail after that number, in order. */
  audit(taskId: string, after: number): Promise<WireResult<readonly AuditRecord[]>>;
  /** Whether the visitor agrees that reviews of this task go to the registry's reviewers. */
  shareReviews(taskId: string, agreed: boolean): Promise<WireResult<SharingStatus>>;
  /** Runs the steps in order, with one write to the log for all of them. */
  stream(taskId: string, steps: readonly StreamStep[]): Promise<WireResult<readonly StreamResult[]>>;
  /** Learns what waits in the log and stores a checkpoint. */
  checkpoint(taskId: string): Promise<WireResult<ModelReference>>;
  publish(taskId: string, alias: string | null): Promise<WireResult<Publication>>;
  status(): Promise<WireResult<WorkerStatus>>;
  storedData(): Promise<WireResult<StoredData>>;
  /** Everything that is stored, as one JSON file. @param undelivered what the page holds beside it */
  exportData(undelivered: readonly object[]): Promise<WireResult<Blob>>;
}
