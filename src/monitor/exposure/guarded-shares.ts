/** What has been shown in the first places so far; see `ExposureBook`. */
export interface ExposureShares {
  /** Weight of all exposures. */
  readonly total: number;
  /** Weight of an item's exposures. */
  item(name: string): number;
  /** Of a topic's: an item with several topics gives each the same part. */
  topic(name: string): number;
}

export interface ShareCaps {
  /** Largest share of an item in what stands in the first places, in (0, 1]; null for none. */
  readonly item: number | null;
  /** Largest share of a topic. */
  readonly topic: number | null;
}

export interface GuardCandidate {
  readonly item: string;
  readonly topics: readonly string[];
  /** Expected reward. */
  readonly score: number;
}

/** Exposures of one item or topic, those of this decision included, and how many there may be. */
interface Account {
  exposures: number;
  readonly limit: number;
}

/** One item or topic that a candidate would be counted for, and how much of the place. */
interface Charge {
  readonly account: Account;
  readonly amount: number;
}

/** What each candidate would be charged for in one decision. */
export class GuardedShares {
  readonly #charges: readonly (readonly Charge[])[];

  constructor(
    candidates: readonly GuardCandidate[],
    exposure: ExposureShares,
    { item, topic, slots }: ShareCaps & { readonly slots: number },
  ) {
    const [items, topics] = [new Map<string, Account>(), new Map<string, Account>()];
    // One decision's places beyond the share: enough to start with nothing shown, and nothing in the long run.
    const limit = (cap: number): number => cap * (exposure.total + slots) + slots;
    const account = (accounts: Map<string, Account>, name: string, cap: number, exposures: number): Account => {
      const known = accounts.get(name) ?? { exposures, limit: limit(cap) };
      accounts.set(name, known);
      return known;
    };
    this.#charges = candidates.map((one) => [
      ...(item === null ? [] : [{ account: account(items, one.item, item, exposure.item(one.item)), amount: 1 }]),
      ...(topic === null ? [] : one.topics).map((name) => ({
        account: account(topics, name, topic ?? 1, exposure.topic(name)),
        amount: 1 / one.topics.length,
      })),
    ]);
  }

  /** The fullest account that the candidate would be charged to, as a part of its limit; above 1 it has had its share. */
  use(candidate: number): number {
    let most = 0;
    for (const { account, amount } of this.#charges[candidate]!) {
      most = Math.max(most, (account.exposures + amount) / account.limit);
    }
    return most;
  }

  charge(candidate: number): void {
    for (const { account, amount } of this.#charges[candidate]!) account.exposures += amount;
  }
}
