/** How much it matters: `info` is worth knowing, `warning` wants a look, `critical` wants it now. */
export type AlertSeverity = 'info' | 'warning' | 'critical';

/**
 * Every alert there is. A code is part of the public contract: dashboards and the registry match on it, never on the message. `{value}` and `{threshold}` are
 * in the units that the message names.
 */
export const alertTable = {
  ERROR_RATE_UP: {
    severity: 'warning',
    message:
      'Task "{taskId}" is wrong more often or by more than before: {value} standard errors, raised at {threshold}',
  },
  REWARD_DOWN: {
    severity: 'warning',
    message: 'Decisions of task "{taskId}" bring less than before: {value} standard errors, raised at {threshold}',
  },
  CALIBRATION_OFF: {
    severity: 'warning',
    message: 'What task "{taskId}" expects is off from what comes by {value}, raised at {threshold}',
  },
  COVERAGE_LOW: {
    severity: 'warning',
    message: 'Intervals of task "{taskId}" hold the share {value} of the true values, raised at {threshold}',
  },
  FEEDBACK_MISSING: {
    severity: 'warning',
    message: 'Of the decisions of task "{taskId}" the share {value} is without feedback, raised at {threshold}',
  },
  DRIFT_ERRORS: {
    severity: 'warning',
    message: 'Task "{taskId}" loses more than it did: {value} on average, {threshold} before',
  },
  DRIFT_FEATURES: {
    severity: 'warning',
    message: 'Inputs of task "{taskId}" are not what they were: {value}, raised at {threshold}',
  },
  DRIFT_PREDICTIONS: {
    severity: 'warning',
    message: 'Predictions of task "{taskId}" are not what they were: {value}, raised at {threshold}',
  },
  SEGMENT_GAP: {
    severity: 'warning',
    message:
      'Outcomes of task "{taskId}" differ between segments ("{segment}") by at least {value}, raised at {threshold}',
  },
  EXPOSURE_CONCENTRATED: {
    severity: 'warning',
    message: 'Task "{taskId}" shows the same again and again: {value}, raised at {threshold}',
  },
  POPULARITY_AMPLIFIED: {
    severity: 'warning',
    message:
      'Task "{taskId}" shows what is popular already more than the page would: by the part {value}, raised at {threshold}',
  },
  TOPICS_OFF: {
    severity: 'info',
    message: 'Topics that task "{taskId}" shows are {value} nats from those that are liked, raised at {threshold}',
  },
  LATENCY_HIGH: {
    severity: 'warning',
    message: 'One in twenty answers of task "{taskId}" takes {value} ms or more, raised at {threshold} ms',
  },
  QUEUE_LONG: {
    severity: 'warning',
    message: '{value} calls of task "{taskId}" wait at a time, raised at {threshold}',
  },
  FALLBACK_SHARE_HIGH: {
    severity: 'critical',
    message: 'The page’s own order serves the share {value} of the decisions of task "{taskId}", raised at {threshold}',
  },
  STORAGE_PRESSURE: {
    severity: 'warning',
    message: 'The share {value} of the storage is used, raised at {threshold}',
  },
  ROLLED_BACK: {
    severity: 'critical',
    message: 'Task "{taskId}" went back to what it had learned up to log position {value}',
  },
  PROMOTION_REFUSED: {
    severity: 'info',
    message: 'A version of task "{taskId}" did not pass {value} checks of its gate',
  },
  REVIEW_WAITING: {
    severity: 'info',
    message: '{value} reviews of task "{taskId}" wait for somebody',
  },
} as const satisfies Record<string, { readonly severity: AlertSeverity; readonly message: string }>;

export type AlertCode = keyof typeof alertTable;

export const alertCodes = Object.keys(alertTable) as AlertCode[];
