import type { NetworkSpec } from '../compute.ts';
import { adamFactors, decayFactor, hasFirstMoment } from '../optimizers.ts';
import type { Tile } from './tile.ts';
import type { FusedProgram } from './programs.ts';
import { stepProgram } from './update-programs.ts';

export function stepProgramOf({ optimizer }: NetworkSpec, tile: Tile, hasAnchor: boolean): FusedProgram {
  return stepProgram(tile, optimizer.kind, optimizer.kind === 'sgd' && hasFirstMoment(optimizer), hasAnchor);
}

/** What the step program multiplies with. @param step number of the step, from 1 */
export function stepFactors({ optimizer }: NetworkSpec, step: number): Readonly<Record<string, number>> {
  const { learningRate } = optimizer;
  const common = { learningRate, decay: decayFactor(optimizer) };
  switch (optimizer.kind) {
    case 'adam': {
      const { beta1, beta2, epsilon, stepSize, rootCorrection } = adamFactors(optimizer, step);
      return { ...common, beta1, share1: 1 - beta1, beta2, share2: 1 - beta2, epsilon, stepSize, rootCorrection };
    }
    case 'sgd':
      return { ...common, momentum: optimizer.momentum };
    case 'adagrad':
      return { ...common, epsilon: optimizer.epsilon };
  }
}
