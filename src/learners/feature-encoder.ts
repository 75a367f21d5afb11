import * as v from 'valibot';
import { emptyMoments, standardDeviation, updateMoments, type Moments } from '../core/running-moments.ts';
import type { FeatureSchema } from '../core/task.ts';
import type { ParsedFeatures } from '../core/task.ts';
import type { Row, RowShape } from './row.ts';
import { RowBuffers } from './row-buffers.ts';
import { crossTokens, fineTokens, joinTokens, partTokens, type Token } from './tokens.ts';
import type { TokenView } from './text/text-tokens.ts';

/** An input whose hashed part is worked out once; numbers wait, because their standardisation changes as the model learns. */
export interface EncodedInput {
  readonly context: ParsedFeatures;
  readonly item: ParsedFeatures;
  /** The context's, the item's, and their crosses. */
  readonly tokens: readonly Token[];
  /** How many of the tokens are the context's, the first ones. Default 0. */
  readonly contextCount?: number;
}

const finite = v.pipe(v.number(), v.finite());
const notNegative = v.pipe(finite, v.minValue(0));
export const featureState = v.record(v.string(), v.object({ count: notNegative, mean: finite, squares: notNegative }));
/** Running moments of every numeric feature, by `part.name`. */
export type FeatureState = v.InferOutput<typeof featureState>;

/**
 * Every token has two places, from separate bits of its hash (13 bits each, the two highest for the signs): two tokens are taken for one another only
 * where both places meet (Bloom embeddings, Serrà and Karatzoglou 2017, arXiv 1706.03993).
 */
const SECOND_INDEX = 13;

/** Standardised numbers are cut here, so that one wild value cannot throw the model. */
const CLIP = 5;

/** Without discrete features rows have no places; nobody can write into these. */
const NO_TOKENS: readonly Token[] = [];
const NO_PLACES = new Int32Array(0);
const NO_VALUES = new Float32Array(0);

interface NumericColumn {
  readonly key: string;
  readonly part: 'context' | 'item';
  readonly name: string;
  /** 1 for a number, the declared size for an embedding. */
  readonly size: number;
  readonly standardised: boolean;
}

interface Schemas {
  readonly context: FeatureSchema;
  readonly item: FeatureSchema;
}

/**
 * Online feature handling: feature hashing with signs (Weinberger et al. 2009, arXiv 0902.2206) for what is discrete, running
 * standardisation for numbers (as River's StandardScaler), an indicator for missing values.
 * Layout of a row: for each numeric feature its value and its missing indicator, for each embedding its values, then the hashed block.
 */
export class FeatureEncoder {
  /** What makes tokens; numbers and embeddings do not. */
  readonly #discrete: Schemas;
  readonly #hasDiscrete: boolean;
  readonly #columns: readonly NumericColumn[];
  readonly #hashSize: number;
  readonly #hashStart: number;
  readonly #hasText: boolean;
  readonly #shape: RowShape;
  #moments: Record<string, Moments>;
  /** [columns] mean and standard deviation as the moments say, because a row is written far more often than one is learned. */
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;
  readonly #buffers: RowBuffers;

  constructor(schemas: Schemas, hashSize: number) {
    const [context, item] = [discreteOf(schemas.context), discreteOf(schemas.item)];
    this.#discrete = { context, item };
    this.#hasDiscrete = Object.keys(context).length + Object.keys(item).length > 0;
    this.#columns = [...numericColumns('context', schemas.context), ...numericColumns('item', schemas.item)];
    this.#hashSize = hashSize;
    this.#hasText = declaresText(schemas);
    this.#hashStart = this.#columns.reduce((total, column) => total + column.size + (column.standardised ? 1 : 0), 0);
    this.#moments = Object.fromEntries(
      this.#columns.filter((column) => column.standardised).map((column) => [column.key, emptyMoments()]),
    );
    this.#means = new Float64Array(this.#columns.length);
    this.#deviations = new Float64Array(this.#columns.length);
    const rawSize = this.#columns.reduce((total, column) => total + column.size, 0);
    this.#shape = { rawSize, denseSize: this.#hashStart, hashSize };
    this.#buffers = new RowBuffers(rawSize, this.#hashStart);
  }

  /** Width of a row. */
  get size(): number {
    return this.#hashStart + this.#hashSize;
  }

  get shape(): RowShape {
    return this.#shape;
  }

  /** The input in the forms that the models in typed arrays read; numbers are standardised with what is known now. */
  row(input: EncodedInput): Row {
    const { raw, dense } = this.#buffers.take();
    this.#writeNumbers(input, raw, dense);
    const places = this.#hashSize === 0 ? 0 : 2 * input.tokens.length;
    const indices = places === 0 ? NO_PLACES : new Int32Array(places);
    const values = places === 0 ? NO_VALUES : new Float32Array(places);
    if (places > 0) this.#writeTokens(input.tokens, indices, values);
    const contextPlaces = places === 0 ? 0 : 2 * (input.contextCount ?? 0);
    const row = { raw, dense, indices, values, contextPlaces };
    return this.#hasText ? this.#withTokens(row, input) : row;
  }

  #writeNumbers({ context, item }: EncodedInput, raw: Float32Array, dense: Float32Array): void {
    const columns = this.#columns;
    for (let index = 0, atRaw = 0, atDense = 0; index < columns.length; index++) {
      const column = columns[index]!;
      const value = (column.part === 'context' ? context : item)[column.name];
      writeRaw(column, value, raw, atRaw);
      atRaw += column.size;
      atDense = this.#writeNumeric(index, value, dense, atDense);
    }
  }

  #writeTokens(tokens: readonly Token[], indices: Int32Array, values: Float32Array): void {
    const mask = this.#hashSize - 1;
    for (let token = 0; token < tokens.length; token++) {
      const { hash, value } = tokens[token]!;
      indices[2 * token] = hash & mask;
      values[2 * token] = hash >>> 31 === 0 ? value : -value;
      indices[2 * token + 1] = (hash >>> SECOND_INDEX) & mask;
      values[2 * token + 1] = ((hash >>> 30) & 1) === 0 ? value : -value;
    }
  }

  /** Tokens are worked out when a model first asks for them: cutting a text up costs more than the rest of the row. */
  #withTokens(row: Row, { context, item }: EncodedInput): Row {
    const { context: contextSchema, item: itemSchema } = this.#discrete;
    let tokens: TokenView | undefined;
    return {
      ...row,
      get tokens() {
        tokens ??= joinTokens([...fineTokens('@', contextSchema, context), ...fineTokens('', itemSchema, item)]);
        return tokens;
      },
    };
  }

  /** Tokens that depend on one part alone, to be computed once for an item that is scored often. */
  itemTokens(item: ParsedFeatures): readonly Token[] {
    return this.#hasDiscrete ? partTokens('', this.#discrete.item, item) : NO_TOKENS;
  }

  contextTokens(context: ParsedFeatures): readonly Token[] {
    return this.#hasDiscrete ? partTokens('@', this.#discrete.context, context) : NO_TOKENS;
  }

  encode(
    context: ParsedFeatures,
    item: ParsedFeatures,
    contextTokens: readonly Token[] = this.contextTokens(context),
    itemTokens: readonly Token[] = this.itemTokens(item),
  ): EncodedInput {
    return {
      context,
      item,
      tokens: this.#tokensOf(context, item, contextTokens, itemTokens),
      contextCount: contextTokens.length,
    };
  }

  #tokensOf(
    context: ParsedFeatures,
    item: ParsedFeatures,
    contextTokens: readonly Token[],
    itemTokens: readonly Token[],
  ): readonly Token[] {
    if (contextTokens.length === 0) return itemTokens;
    return [...contextTokens, ...itemTokens, ...crossTokens(this.#discrete, context, item)];
  }

  /** Writes the row of `input` into `out[offset … offset + size)`, which must be zero there. */
  writeRow(input: EncodedInput, out: Float32Array, offset: number): void {
    let at = offset;
    this.#columns.forEach(({ part, name }, index) => {
      at = this.#writeNumeric(index, input[part][name], out, at);
    });
    if (this.#hashSize === 0) return;
    for (const { hash, value } of input.tokens) {
      add(out, at + (hash & (this.#hashSize - 1)), hash >>> 31 === 0 ? value : -value);
      add(out, at + ((hash >>> SECOND_INDEX) & (this.#hashSize - 1)), ((hash >>> 30) & 1) === 0 ? value : -value);
    }
  }

  /** @returns where the next column starts */
  #writeNumeric(index: number, value: ParsedFeatures[string] | undefined, out: Float32Array, at: number): number {
    const column = this.#columns[index]!;
    if (!column.standardised) {
      if (Array.isArray(value)) out.set(value as readonly number[], at);
      return at + column.size;
    }
    if (typeof value === 'number') out[at] = standardised(value, this.#means[index]!, this.#deviations[index]!);
    else out[at + 1] = 1;
    return at + 2;
  }

  /** Takes one learned input into the running moments. */
  learnOne(input: EncodedInput): void {
    this.#columns.forEach(({ key, part, name }, index) => {
      const value = input[part][name];
      const moments = this.#moments[key];
      if (!moments || typeof value !== 'number') return;
      updateMoments(moments, value);
      this.#rescale(index, moments);
    });
  }

  #rescale(index: number, moments: Moments): void {
    this.#means[index] = moments.mean;
    this.#deviations[index] = standardDeviation(moments);
  }

  state(): FeatureState {
    return structuredClone(this.#moments);
  }

  restore(state: FeatureState): void {
    this.#columns.forEach(({ key, standardised }, index) => {
      if (!standardised) return;
      const moments = { ...(state[key] ?? emptyMoments()) };
      this.#moments[key] = moments;
      this.#rescale(index, moments);
    });
  }
}

function standardised(value: number, mean: number, deviation: number): number {
  return deviation === 0 ? 0 : Math.max(-CLIP, Math.min(CLIP, (value - mean) / deviation));
}

function writeRaw(
  { size }: NumericColumn,
  value: ParsedFeatures[string] | undefined,
  raw: Float32Array,
  at: number,
): void {
  if (size === 1 && !Array.isArray(value)) raw[at] = typeof value === 'number' ? value : NaN;
  else if (Array.isArray(value)) raw.set(value as readonly number[], at);
  else raw.fill(typeof value === 'number' ? value : NaN, at, at + size);
}

function add(out: Float32Array, index: number, value: number): void {
  out[index] = (out[index] ?? 0) + value;
}

function numericColumns(part: 'context' | 'item', schema: FeatureSchema): NumericColumn[] {
  return Object.entries(schema)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, declaration]): NumericColumn[] => {
      const key = `${part}.${name}`;
      if (declaration.type === 'numeric') return [{ key, part, name, size: 1, standardised: true }];
      if (declaration.type === 'embedding') return [{ key, part, name, size: declaration.size, standardised: false }];
      return [];
    });
}

function discreteOf(schema: FeatureSchema): FeatureSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([, { type }]) => type !== 'numeric' && type !== 'embedding'),
  );
}

export function declaresText({ context, item }: Schemas): boolean {
  return [...Object.values(context), ...Object.values(item)].some(({ type }) => type === 'text');
}

/**
 * A hashed block that fits what the schema declares: none without discrete features, more for text. It stays small, because it is an input of dense
 * networks; models for text read {@link Row.tokens} instead.
 */
export function defaultHashSize(schemas: Schemas): number {
  const types = [...Object.values(schemas.context), ...Object.values(schemas.item)].map(
    (declaration) => declaration.type,
  );
  if (declaresText(schemas)) return 512;
  const discrete = types.filter((type) => type === 'categorical' || type === 'multi-hot').length;
  if (discrete === 0) return 0;
  return Math.min(512, 2 ** Math.ceil(Math.log2(128 * discrete)));
}
