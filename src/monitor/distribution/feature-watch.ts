import * as v from 'valibot';
import type { FeatureDeclaration, ParsedValue } from '../../core/task.ts';
import { LEAST_DISTANCE, channelChange, type ChannelChange } from './channel-change.ts';
import { Channel, channelSchema } from './channel.ts';
import { BLOCK_LEVELS } from './block-stack.ts';
import { corrupt } from '../../core/read-state.ts';
import { measuresOf, type Measure } from './measures.ts';
import { copyTally, tallySchema, type Tally } from './tally.ts';
import { changeText, type FeatureChange } from './drift-report.ts';

/** Uncorrected chance above which nothing of a drift is left to be seen. */
const RECOVERED = 0.05;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const finding = v.strictObject({
  channel: count,
  level: count,
  pValue: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Rows at the end of the blocks in which it was found first, and as it stands here. */
  since: count,
  at: count,
  /** What was compared. */
  tally: tallySchema,
  words: v.string(),
});
export const featureWatchSchema = v.strictObject({
  channels: v.array(channelSchema),
  finding: v.nullable(finding),
  quietFrom: count,
});
export type FeatureWatchState = v.InferOutput<typeof featureWatchSchema>;
type Finding = v.InferOutput<typeof finding>;

/** What the channels of a feature say of a block. */
export interface FeatureEvidence {
  /** Corrected for the number of channels. */
  readonly pValue: number;
  /** The channel that it comes from. */
  readonly channel: number;
  readonly tally: Tally;
}

/** One feature: its channels, and the drift that was found in it. */
export class FeatureWatch {
  readonly name: string;
  #channels: readonly Channel[];
  readonly #measures: readonly Measure[];
  #finding: Finding | null = null;
  /** Row from which on nothing was left of the last drift: a block that began before has some of it. */
  #quietFrom = 0;

  /** @param seed of random directions */
  constructor(name: string, declaration: FeatureDeclaration, seed: number) {
    this.name = name;
    this.#measures = measuresOf(declaration, seed);
    this.#channels = this.#measures.map((measure) => new Channel(measure));
  }

  get drifted(): boolean {
    return this.#finding !== null;
  }

  learn(value: ParsedValue): void {
    for (const channel of this.#channels) channel.learn(value);
  }

  count(value: ParsedValue): void {
    for (const channel of this.#channels) channel.count(value);
  }

  /** See the methods of {@link Channel} of the same names. */
  settle(): void {
    for (const channel of this.#channels) channel.settle();
  }

  endReferenceBlock(): void {
    for (const channel of this.#channels) channel.endReferenceBlock();
  }

  freeze(): void {
    for (const channel of this.#channels) channel.freeze();
  }

  /** @returns [levels][channels] the blocks that end here */
  endBlock(): Tally[][] {
    const ended = this.#channels.map((channel) => channel.endBlock());
    return (ended[0] ?? []).map((_, level) => ended.map((blocks) => blocks[level]!));
  }

  /**
   * A block of the topmost level has been judged. @param reference [channels] what takes the reference's place; null: it stays
   * @returns whether so many values are out of the range of the cells that new ones are needed
   */
  endPeriod(reference: readonly Tally[] | null): boolean {
    if (reference) this.#finding = null;
    this.#channels.forEach((channel, i) => channel.endPeriod(reference?.[i] ?? null));
    return reference !== null && this.#channels.some((channel) => channel.leftRange);
  }

  restart(): void {
    this.#channels = this.#measures.map((measure) => new Channel(measure));
    this.#finding = null;
    this.#quietFrom = 0;
  }

  /** @param blocks [channels] */
  evidence(blocks: readonly Tally[]): FeatureEvidence {
    const pValues = this.#channels.map((channel, i) => channel.pValue(blocks[i]!));
    const best = pValues.indexOf(Math.min(...pValues));
    return { pValue: Math.min(1, pValues.length * pValues[best]!), channel: best, tally: blocks[best]! };
  }

  /** The same for the latest rows; null before the first block. */
  recentEvidence(): FeatureEvidence | null {
    const recent = this.#channels.flatMap((channel) => channel.recent() ?? []);
    return recent.length < this.#channels.length ? null : this.evidence(recent);
  }

  /**
   * Judges a block. @param pValue corrected for features and looks @param at row of the end of the block
   * @returns whether a drift was found where there was none
   */
  judge(evidence: FeatureEvidence, level: number, pValue: number, alpha: number, at: number): boolean {
    const isOld = at - evidence.tally.rows < this.#quietFrom;
    const change = pValue <= alpha && !isOld ? this.#changeOf(evidence) : null;
    if (!change || change.distance < LEAST_DISTANCE) {
      this.#recover(evidence, level, at);
      return false;
    }
    const known = this.#finding;
    if (known && known.pValue < pValue && known.level >= level) return false;
    const { channel, tally } = evidence;
    const since = known?.since ?? at;
    this.#finding = { channel, level, pValue, since, at, tally: copyTally(tally), words: change.words };
    return !known;
  }

  /** A drift is over when rows after it, as many as it was found in, show nothing of it. */
  #recover({ pValue, tally }: FeatureEvidence, level: number, at: number): void {
    const found = this.#finding;
    const from = at - tally.rows;
    if (!found || level < found.level || from < found.at || pValue <= RECOVERED) return;
    this.#finding = null;
    this.#quietFrom = from;
  }

  /** @param recent evidence of the latest rows, and its p-value as corrected */
  change(recent: FeatureEvidence, pValue: number): FeatureChange | null {
    const found = this.#finding;
    const change = this.#changeOf(found ?? recent);
    if (!change) return null;
    const { aspect } = this.#channels[(found ?? recent).channel]!.measure;
    return {
      feature: this.name,
      aspect,
      measure: change.measure,
      distance: change.distance,
      severity: change.severity,
      pValue: found?.pValue ?? pValue,
      drifted: found !== null,
      driftedAt: found?.since ?? null,
      reference: change.reference,
      current: change.current,
      text: changeText(this.name, aspect, found?.words ?? change.words),
    };
  }

  state(): FeatureWatchState {
    const found = this.#finding;
    return {
      channels: this.#channels.map((channel) => channel.state()),
      finding: found && { ...found, tally: copyTally(found.tally) },
      quietFrom: this.#quietFrom,
    };
  }

  /** @param settled whether there have to be cells @throws CHECKPOINT_CORRUPT */
  restore({ channels, finding: found, quietFrom }: FeatureWatchState, settled: boolean): void {
    if (channels.length !== this.#channels.length) throw corrupt(`${this.name}: measures are missing`);
    this.#channels.forEach((channel, i) => channel.restore(channels[i]!));
    const cells = this.#channels.map(({ sorter }) => sorter.cells?.size);
    if (cells.some((size) => (size !== undefined) !== settled))
      throw corrupt(`${this.name}: cells do not fit the phase`);
    if (found && (found.level >= BLOCK_LEVELS || found.tally.counts.length !== cells[found.channel])) {
      throw corrupt(`${this.name}: the drift that was found does not fit the cells`);
    }
    this.#finding = found && { ...found, tally: copyTally(found.tally) };
    this.#quietFrom = quietFrom;
  }

  #changeOf({ channel, tally }: { readonly channel: number; readonly tally: Tally }): ChannelChange | null {
    const { sorter, reference } = this.#channels[channel]!;
    return channelChange(sorter, reference, tally);
  }
}
