import type { NetworkSpec } from '../compute.ts';
import { adamFactors, decayFactor } from '../optimizers.ts';
import type { Address, Kernels } from './kernels.ts';

/**
 * Takes one training step on the batch that lies in the network's memory.
 * @param parts what the batch has, see {@link batchParts}
 * @param step number of the step, from 1
 * @returns the loss before the step
 */
export type LearnCall = (network: Address, rows: number, parts: number, step: number) => number;

/** Optional parts of a batch, as kernels/index.ts has them. */
export const batchParts = { rowMask: 1, logits: 2, anchor: 4 } as const;

/** The kernel of an optimizer, with its constants. */
export function learnCall(kernels: Kernels, { optimizer }: NetworkSpec): LearnCall {
  const decay = decayFactor(optimizer);
  const { learningRate } = optimizer;
  switch (optimizer.kind) {
    case 'adam': {
      const { beta1, beta2, epsilon } = optimizer;
      return (network, rows, parts, step) => {
        const { stepSize, rootCorrection } = adamFactors(optimizer, step);
        const factors = [stepSize, rootCorrection, epsilon, decay] as const;
        return kernels.learnAdam(network, rows, parts, learningRate, 1 - beta1, 1 - beta2, ...factors);
      };
    }
    case 'sgd': {
      const { momentum } = optimizer;
      return (network, rows, parts) => kernels.learnSgd(network, rows, parts, learningRate, momentum, decay);
    }
    case 'adagrad': {
      const { epsilon } = optimizer;
      return (network, rows, parts) => kernels.learnAdagrad(network, rows, parts, learningRate, epsilon, decay);
    }
  }
}
