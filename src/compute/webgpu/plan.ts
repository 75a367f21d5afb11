import type { NetworkSpec } from '../compute.ts';
import { parameterLayout, type HiddenLayer } from '../parameter-layout.ts';
import { lanesFor, lossGroups, lossProgram } from './loss-program.ts';
import { hiddenGradientProgram, layerProgram } from './product-programs.ts';
import type { FusedProgram } from './programs.ts';
import { tileCount, tilesAcross } from './tile.ts';
import type { Tiling } from './tiling.ts';
import { placeOf, workLayout, type WorkLayout } from './work-layout.ts';

/** One run of a program that works in the work buffer and reads the state, where it has an input. */
export interface ProgramRun {
  readonly program: FusedProgram;
  readonly uniforms: Readonly<Record<string, number>>;
  /** Workgroups. */
  readonly groups: number;
}

type LayerPlaces = Readonly<Record<'left' | 'right' | 'depth' | 'left2' | 'right2' | 'depth2', number>>;

const noSecondProduct = { left2: 0, right2: 0, depth2: 0 };

/** What a network's calls run, for any number of rows; each number's programs are put together once. */
export class WebGpuPlan {
  readonly work: WorkLayout;
  readonly #spec: NetworkSpec;
  readonly #layout;
  readonly #tiling: Tiling;
  readonly #kept = new Map<string, readonly ProgramRun[]>();

  constructor(spec: NetworkSpec, tiling: Tiling) {
    this.#spec = spec;
    this.#tiling = tiling;
    this.#layout = parameterLayout(spec);
    this.work = workLayout(spec);
  }

  /** Scores of `rows` inputs, one program a layer. */
  forward(rows: number): readonly ProgramRun[] {
    return this.#once(`forward ${rows}`, () => [
      ...this.#layout.hidden.map((layer, i) => this.#hidden(layer, i, rows)),
      this.#scores(rows),
    ]);
  }

  /** The derivatives of the loss with respect to the scores, then to the sums of each hidden layer from the last one on. */
  backward(rows: number, hasLogits: boolean): readonly ProgramRun[] {
    return this.#once(`backward ${rows} ${hasLogits}`, () => [
      this.#loss(rows, hasLogits),
      ...this.#layout.hidden.map((_, i) => this.#hiddenGradient(i, rows)).reverse(),
    ]);
  }

  #once(key: string, make: () => readonly ProgramRun[]): readonly ProgramRun[] {
    let runs = this.#kept.get(key);
    if (!runs) this.#kept.set(key, (runs = make()));
    return runs;
  }

  #hidden({ inputSize, size, weight, bias }: HiddenLayer, i: number, rows: number): ProgramRun {
    const places = { left: this.#before(i, rows), right: weight, depth: inputSize, ...noSecondProduct };
    return this.#layer(rows, size, placeOf(this.work.hidden[i]!, rows), places, bias, 0);
  }

  #scores(rows: number): ProgramRun {
    const { inputSize, hiddenSizes, wide, outputSize } = this.#spec;
    const { wideWeight, deepWeight, lastSize, bias } = this.#layout;
    const inputs = this.#before(0, rows);
    const deep = { left: this.#before(hiddenSizes.length, rows), right: deepWeight, depth: lastSize };
    const places =
      hiddenSizes.length === 0
        ? { left: inputs, right: wideWeight, depth: inputSize, ...noSecondProduct }
        : { ...deep, ...(wide ? { left2: inputs, right2: wideWeight, depth2: inputSize } : noSecondProduct) };
    return this.#layer(rows, outputSize, placeOf(this.work.scores, rows), places, bias, lowest);
  }

  #layer(rows: number, columns: number, output: number, places: LayerPlaces, bias: number, floor: number): ProgramRun {
    const tile = this.#tiling.product(rows, columns, places.depth + places.depth2);
    return {
      program: layerProgram(tile),
      uniforms: { rows, columns, tilesAcross: tilesAcross(tile, columns), output, ...places, bias, floor },
      groups: tileCount(tile, rows, columns),
    };
  }

  #hiddenGradient(i: number, rows: number): ProgramRun {
    const { hidden, deepWeight } = this.#layout;
    const { hiddenGradients, scoreGradient } = this.work;
    const columns = hidden[i]!.size;
    const after = hidden[i + 1];
    const depth = after?.size ?? this.#spec.outputSize;
    const tile = this.#tiling.product(rows, columns, depth);
    return {
      program: hiddenGradientProgram(tile),
      uniforms: {
        ...{ rows, columns, depth, tilesAcross: tilesAcross(tile, columns) },
        output: placeOf(hiddenGradients[i]!, rows),
        left: placeOf(after ? hiddenGradients[i + 1]! : scoreGradient, rows),
        right: after?.weight ?? deepWeight,
        hidden: placeOf(this.work.hidden[i]!, rows),
      },
      groups: tileCount(tile, rows, columns),
    };
  }

  #loss(rows: number, hasLogits: boolean): ProgramRun {
    const { loss, outputSize } = this.#spec;
    const { scores, targets, masks, weights, losses, logitTargets, logitWeights, scoreGradient: slopes } = this.work;
    const parts = { scores, targets, masks, weights, losses, logitTargets, logitWeights, slopes };
    const places = Object.entries(parts).map(([name, before]) => [name, placeOf(before, rows)] as const);
    const lanes = lanesFor(outputSize);
    return {
      program: lossProgram(loss, hasLogits),
      uniforms: { rows, size: outputSize, lanes, ...Object.fromEntries(places) },
      groups: lossGroups(rows, lanes),
    };
  }

  /** Where the inputs of layer `i` are. */
  #before(i: number, rows: number): number {
    return placeOf(i === 0 ? this.work.inputs : this.work.hidden[i - 1]!, rows);
  }
}

/** Nothing is cut off below this. */
const lowest = -3.4e38;
