import type { AlertRule } from './alert-rule.ts';

/**
 * Rules that make sense without knowing the page. Drift, rollbacks, refused promotions and waiting reviews are reported by those who know of them. What is
 * concentrated depends on catalogue and slots: a page that knows them adds a rule on `exposureGini` or `itemShare`.
 */
export const defaultRules: readonly AlertRule[] = [
  { code: 'ERROR_RATE_UP', metric: 'errorRise', raise: 3, clear: 1.5 },
  { code: 'REWARD_DOWN', metric: 'rewardFall', raise: 3, clear: 1.5 },
  { code: 'CALIBRATION_OFF', metric: 'calibrationError', raise: 0.15, clear: 0.1 },
  { code: 'CALIBRATION_OFF', metric: 'rewardBias', raise: 0.15, clear: 0.1 },
  { code: 'COVERAGE_LOW', metric: 'coverage', raise: 0.75, clear: 0.85 },
  { code: 'FEEDBACK_MISSING', metric: 'withoutFeedback', raise: 0.9, clear: 0.8 },
  { code: 'SEGMENT_GAP', metric: 'segmentGap', raise: 0.05, clear: 0.02 },
  { code: 'EXPOSURE_CONCENTRATED', metric: 'topicShare', raise: 0.8, clear: 0.7 },
  { code: 'POPULARITY_AMPLIFIED', metric: 'popularityLift', raise: 1, clear: 0.5 },
  { code: 'TOPICS_OFF', metric: 'miscalibration', raise: 0.5, clear: 0.3 },
  { code: 'LATENCY_HIGH', metric: 'latencyP95Ms', raise: 50, clear: 35 },
  { code: 'QUEUE_LONG', metric: 'queueMean', raise: 20, clear: 5 },
  { code: 'FALLBACK_SHARE_HIGH', metric: 'fallbackShare', raise: 0.2, clear: 0.1 },
  { code: 'STORAGE_PRESSURE', metric: 'storageShare', raise: 0.8, clear: 0.7 },
];
