import { parseJsonAnswer, readAnswer, rejected, unreachable, type HttpAnswer } from './http-answer.ts';
import { normalRegistryUrl } from './registry-client.ts';
import { maxAsked, reviewPath, verdictList, verdictsPath, type ReviewCase, type ReviewVerdict } from './review-wire.ts';
import { apiPath } from './wire.ts';

export interface ReviewQueueOptions {
  /** Absolute address of the registry. */
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** For one request, body included; default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Reviews by people elsewhere. Every method rejects with REGISTRY_UNREACHABLE, REGISTRY_REJECTED or REGISTRY_ANSWER_INVALID, and may be called again: the
 * same review handed over twice is one.
 */
export interface RemoteReviewQueue {
  submit(review: ReviewCase): Promise<void>;
  /** What was said so far of those of the reviews that somebody has looked at. */
  verdicts(taskId: string, reviewIds: readonly string[]): Promise<ReviewVerdict[]>;
  /** Nobody shall look at it any more, and what was handed over is to be deleted. */
  recall(taskId: string, reviewId: string): Promise<void>;
}

/** Longest answer to read. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** @throws INVALID_CONFIG when `baseUrl` is not an absolute HTTP address */
export function createReviewQueue(options: ReviewQueueOptions): RemoteReviewQueue {
  return new HttpReviewQueue(options);
}

class HttpReviewQueue implements RemoteReviewQueue {
  readonly #baseUrl: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;

  constructor({ baseUrl, fetch, timeoutMs = 10_000 }: ReviewQueueOptions) {
    this.#baseUrl = normalRegistryUrl(baseUrl);
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
  }

  async submit(review: ReviewCase): Promise<void> {
    await this.#send('PUT', reviewPath(review.taskId, review.reviewId), review);
  }

  async verdicts(taskId: string, reviewIds: readonly string[]): Promise<ReviewVerdict[]> {
    const said: ReviewVerdict[] = [];
    for (let start = 0; start < reviewIds.length; start += maxAsked) {
      const asked = reviewIds.slice(start, start + maxAsked);
      const answer = await this.#send('POST', verdictsPath(taskId), { reviewIds: asked });
      const { verdicts } = parseJsonAnswer(verdictList, answer);
      // Of others nobody has asked.
      said.push(...verdicts.filter(({ reviewId }) => asked.includes(reviewId)));
    }
    return said;
  }

  async recall(taskId: string, reviewId: string): Promise<void> {
    await this.#send('DELETE', reviewPath(taskId, reviewId));
  }

  /** @param body plain data */
  async #send(method: 'PUT' | 'POST' | 'DELETE', path: readonly string[], body?: object): Promise<HttpAnswer> {
    const init: RequestInit = {
      method,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(this.#timeoutMs),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      ...(body && { body: JSON.stringify(body) }),
    };
    const address = `${this.#baseUrl}${apiPath}/${path.map(encodeURIComponent).join('/')}`;
    const response = await this.#fetch(address, init).catch((caught: unknown) => {
      throw unreachable(caught);
    });
    const answer = await readAnswer(response, MAX_ANSWER_BYTES);
    // What is not there need not be recalled.
    if (answer.status < 300 || (method === 'DELETE' && answer.status === 404)) return answer;
    throw rejected(answer);
  }
}
