/** So many at once, and then so many a second. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** More than a hand does. */
const handLimit: RateLimit = { burst: 30, perSecond: 5 };
/** A screen full of small pictures comes into view at once. */
const viewLimit: RateLimit = { burst: 300, perSecond: 50 };
/** Of those above the limit so many are kept, with their suspicion; the rest is only counted. */
const KEPT_ABOVE_LIMIT = 100;

const builtIn: Readonly<Record<string, RateLimit>> = {
  impression: viewLimit,
  dwell: viewLimit,
  scroll: viewLimit,
  session: viewLimit,
  abandonment: viewLimit,
  'prediction-latency': viewLimit,
};

interface Bucket {
  readonly limit: RateLimit;
  tokens: number;
  filledAtMs: number;
  aboveLimit: number;
}

/** A token bucket for each type of signal. */
export class RateLimiter {
  readonly #own: Readonly<Record<string, RateLimit>>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(own: Readonly<Record<string, RateLimit>> = {}) {
    this.#own = own;
  }

  /** `over`: the signal counts for nothing; `flood`: it is not worth keeping. */
  take(type: string, nowMs: number): 'within' | 'over' | 'flood' {
    const bucket = this.#bucket(type, nowMs);
    const { burst, perSecond } = bucket.limit;
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * perSecond);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 'within';
    }
    return ++bucket.aboveLimit > KEPT_ABOVE_LIMIT ? 'flood' : 'over';
  }

  #bucket(type: string, nowMs: number): Bucket {
    const found = this.#buckets.get(type);
    if (found) return found;
    const limit = lookUp(this.#own, type) ?? lookUp(builtIn, type) ?? handLimit;
    const bucket = { limit, tokens: limit.burst, filledAtMs: nowMs, aboveLimit: 0 };
    this.#buckets.set(type, bucket);
    return bucket;
  }
}

function lookUp(limits: Readonly<Record<string, RateLimit>>, type: string): RateLimit | undefined {
  return Object.hasOwn(limits, type) ? limits[type] : undefined;
}
