import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';
import type { FeatureSchema, ParsedFeatures } from '../../core/task.ts';
import { BLOCK_LEVELS, BLOCK_ROWS, levelOf } from './block-stack.ts';
import { changesText, sortedChanges, type FeatureChange, type FeatureDriftReport } from './drift-report.ts';
import { settingsOf, type FeatureDriftOptions, type FeatureDriftSettings } from './feature-drift-options.ts';
import { FeatureWatch, featureWatchSchema, type FeatureEvidence } from './feature-watch.ts';
import { holm } from './holm.ts';
import { parseState } from './parse-state.ts';
import type { Tally } from './tally.ts';

/** Rows that {@link FeatureDriftOptions.alpha} is for. */
const ALPHA_ROWS = 10_000;
/** Rows that have to be counted before a reference may be closed early. */
const LEAST_COUNTED = 64;
/** Features that are watched: the first ones of the schema. */
export const MAX_WATCHED = 64;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const stateSchema = v.strictObject({
  format: v.literal(1),
  /** Names and types of the features. */
  schema: v.array(v.string()),
  phase: v.picklist(['pilot', 'reference', 'watching']),
  /** Rows of the pilot so far, of the whole reference, and since. */
  pilotRows: count,
  referenceRows: count,
  watchedRows: count,
  features: v.array(featureWatchSchema),
});
/** Plain JSON. */
export type FeatureDriftState = v.InferOutput<typeof stateSchema>;

/**
 * Watches whether the features that come in still are distributed as those of a reference. Blocks of 32 rows and of every doubling up to 2,048 are compared; a
 * feature has drifted when the difference is significant and not small ({@link LEAST_DISTANCE}). `alpha` is divided evenly between the seven lengths, and for
 * each between the blocks of 10,000 rows; at each look over the features by Holm. Rows may depend on their neighbours: see {@link Dispersion}.
 * Nothing in it is random once the seed is given.
 */
export class FeatureDrift {
  readonly #settings: FeatureDriftSettings;
  readonly #schema: readonly string[];
  readonly #features: readonly FeatureWatch[];
  #phase: FeatureDriftState['phase'] = 'pilot';
  #rows = { pilot: 0, reference: 0, watched: 0 };

  /** @throws INVALID_CONFIG */
  constructor(schema: FeatureSchema, options: FeatureDriftOptions = {}) {
    this.#settings = settingsOf(options);
    const watched = Object.entries(schema).slice(0, MAX_WATCHED);
    this.#schema = watched.map(([name, declaration]) => JSON.stringify([name, declaration]));
    this.#features = watched.map(([name, declaration]) => new FeatureWatch(name, declaration, this.#settings.seed));
  }

  /** Whether a feature stands as drifted. */
  get driftDetected(): boolean {
    return this.#features.some(({ drifted }) => drifted);
  }

  /** @param features as parsed; what the schema does not have is passed over @returns whether this row ends a block in which a drift was found that was not known */
  update(features: ParsedFeatures): boolean {
    if (this.#phase === 'watching') return this.#watch(features);
    this.#collect(features);
    return false;
  }

  /** Ends the reference before it has all of its rows. @returns false where there are too few: it goes on then */
  freezeReference(): boolean {
    if (this.#phase !== 'reference' || this.#rows.reference - this.#rows.pilot < LEAST_COUNTED) return false;
    this.#freeze();
    return true;
  }

  /** Forgets the reference, what was compared with it, and the drifts; the next rows are the new one. For a model that was promoted. */
  restart(): void {
    this.#phase = 'pilot';
    this.#rows = { pilot: 0, reference: 0, watched: 0 };
    for (const feature of this.#features) feature.restart();
  }

  report(): FeatureDriftReport {
    const features = this.#changes();
    return {
      status: this.#phase === 'watching' ? 'watching' : 'collecting',
      referenceRows: this.#rows.reference,
      referenceRowsNeeded: this.#settings.referenceRows,
      watchedRows: this.#rows.watched,
      features,
      text: this.#text(features),
    };
  }

  /** A copy. */
  state(): FeatureDriftState {
    return {
      format: 1,
      schema: [...this.#schema],
      phase: this.#phase,
      pilotRows: this.#rows.pilot,
      referenceRows: this.#rows.reference,
      watchedRows: this.#rows.watched,
      features: this.#features.map((feature) => feature.state()),
    };
  }

  /** Goes on exactly. @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT; nothing is to be done with this object then */
  restore(state: unknown): void {
    const parsed = parseState(stateSchema, state, 'feature drift');
    if (JSON.stringify(parsed.schema) !== JSON.stringify(this.#schema))
      throw corrupt('feature drift: of another schema');
    if (parsed.features.length !== this.#features.length) throw corrupt('feature drift: features are missing');
    this.#features.forEach((feature, i) => feature.restore(parsed.features[i]!, parsed.phase !== 'pilot'));
    this.#phase = parsed.phase;
    this.#rows = { pilot: parsed.pilotRows, reference: parsed.referenceRows, watched: parsed.watchedRows };
  }

  #collect(features: ParsedFeatures): void {
    this.#rows.reference++;
    if (this.#phase === 'pilot') {
      for (const feature of this.#features) feature.learn(features[feature.name] ?? null);
      if (++this.#rows.pilot < this.#settings.pilotRows) return;
      for (const feature of this.#features) feature.settle();
      this.#phase = 'reference';
      return;
    }
    for (const feature of this.#features) feature.count(features[feature.name] ?? null);
    if ((this.#rows.reference - this.#rows.pilot) % BLOCK_ROWS === 0) {
      for (const feature of this.#features) feature.endReferenceBlock();
    }
    if (this.#rows.reference >= this.#settings.referenceRows) this.#freeze();
  }

  #freeze(): void {
    for (const feature of this.#features) feature.freeze();
    this.#phase = 'watching';
  }

  #watch(features: ParsedFeatures): boolean {
    for (const feature of this.#features) feature.count(features[feature.name] ?? null);
    this.#rows.watched++;
    return this.#rows.watched % BLOCK_ROWS === 0 && this.#endBlock();
  }

  #endBlock(): boolean {
    const ended = this.#features.map((feature) => feature.endBlock());
    const levels = ended[0]?.length ?? 0;
    let found = false;
    for (let level = 0; level < levels; level++) {
      const evidence = this.#features.map((feature, i) => feature.evidence(ended[i]![level]!));
      const pValues = corrected(evidence, level);
      this.#features.forEach((feature, i) => {
        found = feature.judge(evidence[i]!, level, pValues[i]!, this.#settings.alpha, this.#rows.watched) || found;
      });
    }
    if (levels === BLOCK_LEVELS) this.#endPeriod(ended.map((blocks) => blocks[levels - 1]!));
    return found;
  }

  /** @param blocks [features][channels] of the topmost level */
  #endPeriod(blocks: readonly (readonly Tally[])[]): void {
    const leftRange = this.#features.map((feature, i) =>
      feature.endPeriod(this.#settings.keepsReference ? null : blocks[i]!),
    );
    if (leftRange.includes(true)) this.restart();
  }

  #changes(): FeatureChange[] {
    const evidence = this.#phase === 'watching' ? this.#features.map((feature) => feature.recentEvidence()) : [];
    const known = evidence.filter((one) => one !== null);
    if (known.length === 0 || known.length < evidence.length) return [];
    const level = levelOf(known[0]!.tally.rows);
    const pValues = corrected(known, level);
    const changes = this.#features.map((feature, i) => feature.change(known[i]!, pValues[i]!));
    return sortedChanges(changes.filter((change) => change !== null));
  }

  #text(changes: readonly FeatureChange[]): string {
    if (this.#phase === 'watching') return changesText(changes);
    return `${this.#rows.reference} of ${this.#settings.referenceRows} rows of the reference have been seen`;
  }
}

/** P-values for features and looks together. @param level of the blocks */
function corrected(evidence: readonly FeatureEvidence[], level: number): number[] {
  const looks = (BLOCK_LEVELS * ALPHA_ROWS) / (BLOCK_ROWS * 2 ** level);
  return holm(evidence.map(({ pValue }) => pValue)).map((pValue) => Math.min(1, looks * pValue));
}
