import type {
  CatalogueRecord,
  CheckpointRecord,
  DecisionRecord,
  ExperienceRecord,
  TaskRecord,
  VersionRecord,
} from '../../src/memory/records.ts';
import type { KnowledgeRecord } from '../../src/memory/knowledge-record.ts';
import type { OutboxRecord } from '../../src/memory/outbox-store.ts';
import type { AuditEntry, ReviewRecord } from '../../src/memory/review-records.ts';
import type { PendingRecord, SettledUpdate, SignalRecord } from '../../src/memory/signal-records.ts';

/** One valid record for each table; `rest` overrides. */

export const taskRecord = (rest: Partial<TaskRecord> = {}): TaskRecord => ({
  taskId: 'list',
  schemaHash: '01234567',
  registeredAtMs: 1,
  ...rest,
});

export const decisionRecord = (rest: Partial<DecisionRecord> = {}): DecisionRecord => ({
  decisionId: 'd1',
  taskId: 'list',
  modelKey: 'list@1',
  decidedAtMs: 1_700_000_000_000,
  servedBy: 'model',
  model: { modelVersion: 3, learnedTo: 5 },
  seed: 0xffffffff,
  payload: {
    kind: 'ranking',
    context: { hour: 9, tags: ['a', 'b'], where: null },
    candidateKeys: ['k2', 'k1'],
    propensities: [0.95, 1],
    scores: [0.75, 0.1],
  },
  ...rest,
});

export const catalogueRecord = (candidateKey: string, rest: Partial<CatalogueRecord> = {}): CatalogueRecord => ({
  candidateKey,
  candidateId: `id of ${candidateKey}`,
  features: { topic: 'css', vector: [0.5, -1], tags: ['x'], year: 2017, title: null },
  ...rest,
});

export const experienceRecord = (experienceId: string, rest: Partial<ExperienceRecord> = {}): ExperienceRecord => ({
  experienceId,
  decisionId: 'd1',
  modelKey: 'list@1',
  observedAtMs: 1_700_000_000_001,
  payload: { kind: 'classification', input: { x: 0.1, topic: 'css' }, label: 'a', weight: 1 },
  ...rest,
});

export const checkpointRecord = (generation: number, rest: Partial<CheckpointRecord> = {}): CheckpointRecord => ({
  modelKey: 'list@1',
  generation,
  learnedTo: 10 * generation,
  modelVersion: null,
  savedAtMs: 1_700_000_000_002,
  digest: 'not checked by the store',
  bytes: Uint8Array.from([generation, 2, 3, 255]),
  ...rest,
});

/** `trainedTo` is also what its bytes are made of. */
export const versionRecord = (digest: string, rest: Partial<VersionRecord> = {}): VersionRecord => ({
  modelKey: 'list@1',
  digest,
  trainedTo: 4,
  createdAtMs: 1_700_000_000_008,
  about: { parent: null, gate: { passed: true } },
  bytes: Uint8Array.from([1, 2, 3, 4]),
  ...rest,
});

/** Open, and about the decision `d1`. */
export const reviewRecord = (reviewId: string, rest: Partial<ReviewRecord> = {}): ReviewRecord => ({
  reviewId,
  taskId: 'list',
  modelKey: 'list@1',
  kind: 'decision',
  decisionId: 'd1',
  state: 'open',
  openedAtMs: 1_700_000_000_009,
  closedAtMs: null,
  about: { why: 'confidence', confidence: 0.4 },
  outcome: null,
  ...rest,
});

export const auditEntry = (action: string, rest: Partial<AuditEntry> = {}): AuditEntry => ({
  taskId: 'list',
  atMs: 1_700_000_000_009,
  actor: 'tendril',
  action,
  subject: 'r1',
  details: { why: 'confidence' },
  ...rest,
});

export const outboxRecord = (id: string, rest: Partial<OutboxRecord> = {}): OutboxRecord => ({
  id,
  registryUrl: 'https://registry.example/',
  model: 'list',
  digest: `sha256:${'0'.repeat(64)}`,
  bytes: Uint8Array.from([1, 2, 3]),
  alias: 'champion',
  createdAtMs: 1_700_000_000_003,
  attempts: 0,
  lastError: null,
  parked: false,
  ...rest,
});

export const signalRecord = (signalId: string, rest: Partial<SignalRecord> = {}): SignalRecord => ({
  signalId,
  type: 'dwell',
  atMs: 1_700_000_000_004,
  value: 12.5,
  decisionId: 'd1',
  taskId: 'list',
  item: 'x',
  modelKey: 'list@1',
  receivedAtMs: 1_700_000_000_005,
  ...rest,
});

export const pendingRecord = (decisionId: string, rest: Partial<PendingRecord> = {}): PendingRecord => ({
  decisionId,
  modelKey: 'list@1',
  sinceMs: 1_700_000_000_005,
  dueAtMs: 1_700_000_000_006,
  arrivals: 0,
  settled: {},
  ...rest,
});

/** What was settled of one item. */
export const settledItem = (experienceId: string): PendingRecord['settled'][string] => ({
  experienceId,
  reward: 0.5,
  satisfaction: null,
  answer: null,
});

export const settledUpdate = (decisionId: string, rest: Partial<SettledUpdate> = {}): SettledUpdate => ({
  decisionId,
  modelKey: 'list@1',
  dueAtMs: null,
  arrivals: null,
  settled: {},
  ...rest,
});

export const knowledgeRecord = (knowledgeId: string, rest: Partial<KnowledgeRecord> = {}): KnowledgeRecord => ({
  knowledgeId,
  modelKey: 'list@1',
  kind: 'preference',
  key: 'topic=css',
  revision: 1,
  supersedes: null,
  supersededAtMs: null,
  madeAtMs: 1_700_000_000_007,
  sources: { from: 1, to: 3, count: 2, positions: [1, 3] },
  value: { rate: 0.75 },
  ...rest,
});

/** An experience of a ranking: the item `candidateId` was chosen. */
export const rankingExperience = (
  experienceId: string,
  candidateId: string,
  rest: Partial<ExperienceRecord> = {},
): ExperienceRecord =>
  experienceRecord(experienceId, {
    payload: {
      kind: 'ranking',
      context: { hour: 9 },
      candidateId,
      candidate: { topic: 'css' },
      reward: 1,
      signals: { click: 1 },
      propensity: 0.5,
      slot: 0,
      weight: 1,
    },
    ...rest,
  });
