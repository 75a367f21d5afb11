/**
 * A quick check of what the log holds, many times faster than the schema. Whatever passes here passes the schema; what does not is for the schema to
 * judge, which also says what is wrong.
 */
export function isPlainExperience(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { experienceId, decisionId, modelKey, observedAtMs, supersedes, position, payload } = value;
  return (
    isText(experienceId) &&
    isText(decisionId) &&
    isText(modelKey) &&
    isNumber(observedAtMs) &&
    isTextOrNone(supersedes) &&
    Number.isInteger(position) &&
    (position as number) >= 1 &&
    isObject(payload) &&
    isPayload(payload)
  );
}

type Unchecked = Record<string, unknown>;

const payloads: Readonly<Record<string, (payload: Unchecked) => boolean>> = {
  classification: ({ input, label, signals, weight, source }) =>
    isFeatures(input) && isText(label) && isSignals(signals) && isNumber(weight) && isTextOrNone(source),
  regression: ({ input, value, weight, source }) =>
    isFeatures(input) && isNumber(value) && isNumber(weight) && isTextOrNone(source),
  forecasting: ({ time, value, features, known }) =>
    isNumber(time) && (value === null || isNumber(value)) && isFeatures(features) && isListOf(known, isFeatures),
  retrieval: ({ event, signals }) => isObject(event) && isSignals(signals),
  ranking: (payload) => isRankedCandidate(payload) && isReward(payload),
};

function isPayload(payload: Unchecked): boolean {
  const { kind } = payload;
  return typeof kind === 'string' && Object.hasOwn(payloads, kind) && payloads[kind]?.(payload) === true;
}

function isRankedCandidate({ context, when, candidateId, candidate, propensity, slot, first }: Unchecked): boolean {
  return (
    isFeatures(context) &&
    isWhen(when) &&
    isText(candidateId) &&
    isFeatures(candidate) &&
    isNumber(propensity) &&
    isNumber(slot) &&
    isFirst(first)
  );
}

function isFirst(first: unknown): boolean {
  if (first === undefined) return true;
  if (!isObject(first)) return false;
  const { servedTo, champion, challenger } = first;
  return isNumber(servedTo) && typeof champion === 'boolean' && typeof challenger === 'boolean';
}

function isWhen(when: unknown): boolean {
  if (when === undefined) return true;
  return isObject(when) && isWithin(when['weekday'], 6) && isWithin(when['hour'], 23);
}

function isWithin(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isReward({ reward, signals, censored, satisfaction, weight, source }: Unchecked): boolean {
  return (
    isNumber(reward) &&
    isSignals(signals) &&
    (censored === undefined || isListOf(censored, isText)) &&
    (satisfaction === undefined || isNumber(satisfaction)) &&
    isNumber(weight) &&
    isTextOrNone(source)
  );
}

function isFeatures(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (!isFeature(value[name])) return false;
  return true;
}

function isFeature(value: unknown): boolean {
  return isNumber(value) || isText(value) || value === null || isListOf(value, isNumber) || isListOf(value, isText);
}

function isSignals(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  for (const type in value) if (!isNumber(value[type])) return false;
  return true;
}

function isListOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isEntry);
}

function isObject(value: unknown): value is Unchecked {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}
