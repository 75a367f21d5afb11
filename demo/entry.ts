/** One feature of the web platform, as the build writes it to `catalogue.json` from the npm package `web-features`. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Group ids from the nearest group up to its root; empty for about one entry in five. */
  readonly topics: readonly string[];
  /** The root groups among `topics`, e.g. `css`. */
  readonly roots: readonly string[];
  readonly baseline: Baseline;
  /** Day since which all core browsers have it (`YYYY-MM-DD`), or null. */
  readonly baselineDate: string | null;
  /** Day on which the first core browser shipped it, or null where none has. */
  readonly firstDate: string | null;
  readonly specs: readonly string[];
  /** Browser name to the first version with support, e.g. `Chrome` to `57`. */
  readonly support: Readonly<Record<string, string>>;
  readonly discouraged: boolean;
}

/** `high`: widely available, `low`: newly available, `limited`: not yet in all core browsers. */
export type Baseline = 'high' | 'low' | 'limited';

export interface Catalogue {
  /** Newest first: this is the page's own order, with or without Tendril. */
  readonly entries: readonly Entry[];
  /** Names of the groups by their id. */
  readonly topicNames: Readonly<Record<string, string>>;
  /** Entries of the package that only redirect to another one (kinds `moved` and `split`) and are not listed. */
  readonly redirects: number;
}

export function yearOf(date: string | null): number | null {
  return date === null ? null : Number(date.slice(0, 4));
}
