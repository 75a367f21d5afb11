import type { NetworkSpec } from './compute.ts';
import { parameterLayout, type ParameterLayout } from './parameter-layout.ts';
import { lanesFor, lossProgram, lossThreads } from './webgpu-loss-program.ts';
import { hiddenGradientProgram, layerProgram, tileCount, tileFor, tilesAcross } from './webgpu-product-programs.ts';
import { workgroupSizeOf, type FusedProgram } from './webgpu-programs.ts';
import { placeOf, type WorkLayout } from './webgpu-work-layout.ts';

/** One run of a program that reads the state and works in the work buffer. */
export interface ProgramRun {
  readonly program: FusedProgram;
  readonly uniforms: Readonly<Record<string, number>>;
  readonly threads: number;
}

/** Scores of `rows` inputs, one program a layer. */
export function forwardRuns(spec: NetworkSpec, work: WorkLayout, rows: number): ProgramRun[] {
  const { inputSize, outputSize } = spec;
  const { hidden, lastSize, deepWeight, bias, wideWeight } = parameterLayout(spec);
  const place = (before: number): number => placeOf(before, rows);
  const inputs = place(work.inputs);
  const before = (layer: number): number => (layer === 0 ? inputs : place(work.hidden[layer - 1]!));
  const noSecond = { left2: 0, right2: 0, depth2: 0 };
  const layers = hidden.map(({ inputSize: depth, size, weight, bias: layerBias }, i) =>
    layerRun(rows, size, place(work.hidden[i]!), {
      ...{ left: before(i), right: weight, depth, ...noSecond },
      ...{ bias: layerBias, floor: 0 },
    }),
  );
  const wide = { left: inputs, right: wideWeight, depth: inputSize };
  const deep = { left: before(hidden.length), right: deepWeight, depth: lastSize };
  const both = spec.wide ? { left2: inputs, right2: wideWeight, depth2: inputSize } : noSecond;
  const products = hidden.length === 0 ? { ...wide, ...noSecond } : { ...deep, ...both };
  return [...layers, layerRun(rows, outputSize, place(work.scores), { ...products, bias, floor: -3.4e38 })];
}

/** The derivatives of the loss with respect to the scores, then to the sums of each hidden layer from the last one on. */
export function backwardRuns(spec: NetworkSpec, work: WorkLayout, rows: number, hasLogits: boolean): ProgramRun[] {
  const layout = parameterLayout(spec);
  const hiddenRuns = layout.hidden.map((_, i) => hiddenGradientRun(spec, layout, work, rows, i));
  return [lossRun(spec, work, rows, hasLogits), ...hiddenRuns.reverse()];
}

function layerRun(
  rows: number,
  columns: number,
  output: number,
  uniforms: Readonly<Record<'left' | 'right' | 'depth' | 'left2' | 'right2' | 'depth2' | 'bias' | 'floor', number>>,
): ProgramRun {
  const tile = tileFor(rows, columns, uniforms.depth + uniforms.depth2);
  const program = layerProgram(tile);
  return {
    program,
    uniforms: { rows, columns, tilesAcross: tilesAcross(tile, columns), output, ...uniforms },
    threads: tileCount(tile, rows, columns) * workgroupSizeOf(program),
  };
}

function hiddenGradientRun(
  spec: NetworkSpec,
  layout: ParameterLayout,
  work: WorkLayout,
  rows: number,
  layer: number,
): ProgramRun {
  const columns = layout.hidden[layer]!.size;
  const after = layout.hidden[layer + 1];
  const depth = after?.size ?? spec.outputSize;
  const tile = tileFor(rows, columns, depth);
  const program = hiddenGradientProgram(tile);
  return {
    program,
    uniforms: {
      ...{ rows, columns, depth, tilesAcross: tilesAcross(tile, columns) },
      output: placeOf(work.hiddenGradients[layer]!, rows),
      left: placeOf(after ? work.hiddenGradients[layer + 1]! : work.scoreGradient, rows),
      right: after?.weight ?? layout.deepWeight,
      hidden: placeOf(work.hidden[layer]!, rows),
    },
    threads: tileCount(tile, rows, columns) * workgroupSizeOf(program),
  };
}

function lossRun({ loss, outputSize }: NetworkSpec, work: WorkLayout, rows: number, hasLogits: boolean): ProgramRun {
  const lanes = lanesFor(outputSize);
  const { scores, targets, masks, weights, losses, logitTargets, logitWeights, scoreGradient: slopes } = work;
  const parts = { scores, targets, masks, weights, losses, logitTargets, logitWeights, slopes };
  const places = Object.entries(parts).map(([name, before]) => [name, placeOf(before, rows)] as const);
  return {
    program: lossProgram(loss, hasLogits),
    uniforms: { rows, size: outputSize, lanes, ...Object.fromEntries(places) },
    threads: lossThreads(rows, lanes),
  };
}
