import { existsSync } from 'node:fs';
import type { EstimatorName } from '../../src/monitor/off-policy/estimator.ts';
import { DEFAULT_METHOD, type BenchmarkContext, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import { DIRECTIONS, evaluateDirection, type Direction, type Evaluated } from './open-bandit/cross-evaluation.ts';
import {
  chanceOfPerfectEstimate,
  chanceOfUnbiasedEstimate,
  groundTruth,
  relativeError,
  type GroundTruth,
} from './open-bandit/ground-truth.ts';
import { readCampaign, type LoggingPolicy, type OpenBanditLog } from './open-bandit/log.ts';

/** Of doubly robust in OBP's quickstart, campaign "all", one run. */
const PUBLISHED_ERROR = 0.126;

const CAMPAIGNS = ['men', 'women', 'all'] as const;
type Campaign = (typeof CAMPAIGNS)[number];

/** The default was chosen on simulated logs, where it had the least relative error above the floors. */
const DEFAULT_ESTIMATOR: EstimatorName = 'shrinkageDr';

type Metrics = Record<string, number>;
type Logs = Readonly<Record<LoggingPolicy, OpenBanditLog>>;

const fileOf = (policy: LoggingPolicy, campaign: Campaign): string => `obd/${policy}/${campaign}/${campaign}.csv`;

const nameOf = (campaign: Campaign, { logging, evaluation }: Direction): string =>
  `${campaign} ${logging}→${evaluation}`;

export const openBandit: LearningBenchmark = {
  key: 'open-bandit',
  title: 'Open Bandit Dataset: the value of one policy from the log of the other',
  protocol:
    '10,000 logged impressions of each policy, true propensities; the evaluation policy is taken without context, for bts as the share of each item at ' +
    'each place of its log; cross-fitted logistic regression as the reward model. The truth is the mean of the other log, 46 to 69 clicks, itself ±24 to 29 %. ' +
    'Each seed draws folds and one bootstrap sample. Published: examples/quickstart/obd.ipynb and examples/obd/README of st-tech/zr-obp, campaign "all".',
  files: [fileOf('random', 'men'), fileOf('bts', 'men')],
  seeds: [1, 2, 3, 4, 5],
  goals: [
    { metric: 'men random→bts relative error', atMost: PUBLISHED_ERROR, source: 'OBP quickstart, DR' },
    { metric: 'men bts→random refused', atLeast: 1, source: '656 effective samples' },
  ],
  published: [
    published('OBP IPW, quickstart', 0.084),
    published('OBP DM, quickstart', 0.156),
    published('OBP DR, quickstart', PUBLISHED_ERROR),
    published('OBP DR, 30 bootstraps', 0.292),
    published('OBP DRos, 30 bootstraps', 0.16),
    published('OBP Switch-DR, 30 bootstraps', 0.258),
    published('OBP IPW, 30 bootstraps', 0.311),
    published('OBP SNIPW, 30 bootstraps', 0.312),
  ],
  async run(seed, context) {
    const methods = new Map<EstimatorName, Metrics>();
    for (const campaign of CAMPAIGNS) {
      const logs = await campaignLogs(campaign, context);
      if (!logs) continue;
      for (const direction of DIRECTIONS) addDirection(methods, logs, campaign, direction, seed);
    }
    return [...methods].map(([estimator, metrics]): MethodResult => {
      return { method: estimator === DEFAULT_ESTIMATOR ? DEFAULT_METHOD : estimator, metrics };
    });
  },
};

function published(method: string, relativeErrorOfAll: number) {
  return {
    method,
    metrics: { 'all random→bts relative error': relativeErrorOfAll },
    source: 'github.com/st-tech/zr-obp',
  };
}

/** Women and all come with the PyPI package obp; without their files they are left out. */
async function campaignLogs(campaign: Campaign, { dataFile, log }: BenchmarkContext): Promise<Logs | null> {
  const files = { random: dataFile(fileOf('random', campaign)), bts: dataFile(fileOf('bts', campaign)) };
  if (existsSync(files.random) && existsSync(files.bts)) return readCampaign(files);
  log(`Open Bandit, campaign ${campaign}: no data, left out`);
  return null;
}

function addDirection(
  methods: Map<EstimatorName, Metrics>,
  logs: Logs,
  campaign: Campaign,
  direction: Direction,
  seed: number,
): void {
  const truth = groundTruth(logs[direction.evaluation]);
  const perfect = chanceOfPerfectEstimate(truth, logs[direction.evaluation].reward.length, PUBLISHED_ERROR);
  const bootstrap = evaluateDirection(logs, direction, 'bootstrap', seed);
  for (const [estimator, whole] of evaluateDirection(logs, direction, 'whole', seed)) {
    const unbiased = chanceOfUnbiasedEstimate(truth, whole.standardError / whole.value, PUBLISHED_ERROR);
    const metrics = metricsOf(whole, bootstrap.get(estimator), truth);
    const all = { ...metrics, 'chance of a perfect estimate': perfect, 'chance of an unbiased estimate': unbiased };
    const named = Object.entries(all).map(([name, value]) => [`${nameOf(campaign, direction)} ${name}`, value]);
    methods.set(estimator, { ...methods.get(estimator), ...(Object.fromEntries(named) as Metrics) });
  }
}

/** `relative error` is that of a value that may be acted on; where it is refused, `unguarded error` tells what was held back. */
function metricsOf({ guarded, value, standardError }: Evaluated, bootstrap: Evaluated | undefined, truth: GroundTruth) {
  const error = relativeError(value, truth.value);
  return {
    refused: guarded.status === 'refused' ? 1 : 0,
    ...(guarded.status === 'refused' ? {} : { 'relative error': error }),
    'unguarded error': error,
    ...(bootstrap ? { 'bootstrap error': relativeError(bootstrap.value, truth.value) } : {}),
    value,
    'standard error': standardError,
    lower: guarded.interval.lower,
    upper: guarded.interval.upper,
    'effective samples': guarded.effectiveSamples,
    'effective rewards': guarded.effectiveRewards,
    'largest weight': guarded.largestWeight,
    truth: truth.value,
    'truth lower': truth.lower,
    'truth upper': truth.upper,
  };
}
