/**
 * Steps of src/compute/optimizers.ts on flat vectors, four numbers at a time; vectors are as long as whole vectors of four, whatever their last few numbers
 * are. Means are moved by a share of the distance, m + (1 − β)(g − m): 1 − β survives single precision where β close to 1 does not.
 */

const smallestNormal: f32 = 1.1754944e-38;

/** Zero in place of numbers below the normal range: a mean that decays for ever would end there, and processors take them many times more slowly. NaN stays. */
function flushed(values: v128): v128 {
  return v128.andnot(values, f32x4.lt(f32x4.abs(values), f32x4.splat(smallestNormal)));
}

export function adamStep(
  gradient: usize,
  parameters: usize,
  firstMoment: usize,
  secondMoment: usize,
  bytes: usize,
  firstShare: f32,
  secondShare: f32,
  stepSize: f32,
  rootCorrection: f32,
  epsilon: f32,
  decay: f32,
): void {
  const firstShares = f32x4.splat(firstShare);
  const secondShares = f32x4.splat(secondShare);
  const stepSizes = f32x4.splat(stepSize);
  const rootCorrections = f32x4.splat(rootCorrection);
  const epsilons = f32x4.splat(epsilon);
  const decays = f32x4.splat(decay);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(gradient + i);
    let first = v128.load(firstMoment + i);
    first = flushed(f32x4.add(first, f32x4.mul(firstShares, f32x4.sub(slope, first))));
    v128.store(firstMoment + i, first);
    let second = v128.load(secondMoment + i);
    second = flushed(f32x4.add(second, f32x4.mul(secondShares, f32x4.sub(f32x4.mul(slope, slope), second))));
    v128.store(secondMoment + i, second);
    const size = f32x4.add(f32x4.mul(f32x4.sqrt(second), rootCorrections), epsilons);
    const kept = f32x4.mul(decays, v128.load(parameters + i));
    v128.store(parameters + i, f32x4.sub(kept, f32x4.div(f32x4.mul(stepSizes, first), size)));
  }
}

/** @param velocity 0 where there is no momentum */
export function sgdStep(
  gradient: usize,
  parameters: usize,
  velocity: usize,
  bytes: usize,
  learningRate: f32,
  momentum: f32,
  decay: f32,
): void {
  const learningRates = f32x4.splat(learningRate);
  const momenta = f32x4.splat(momentum);
  const decays = f32x4.splat(decay);
  for (let i: usize = 0; i < bytes; i += 16) {
    let move = v128.load(gradient + i);
    if (velocity) {
      move = flushed(f32x4.add(f32x4.mul(momenta, v128.load(velocity + i)), move));
      v128.store(velocity + i, move);
    }
    const kept = f32x4.mul(decays, v128.load(parameters + i));
    v128.store(parameters + i, f32x4.sub(kept, f32x4.mul(learningRates, move)));
  }
}

export function adagradStep(
  gradient: usize,
  parameters: usize,
  sums: usize,
  bytes: usize,
  learningRate: f32,
  epsilon: f32,
  decay: f32,
): void {
  const learningRates = f32x4.splat(learningRate);
  const epsilons = f32x4.splat(epsilon);
  const decays = f32x4.splat(decay);
  for (let i: usize = 0; i < bytes; i += 16) {
    const slope = v128.load(gradient + i);
    const sum = f32x4.add(v128.load(sums + i), f32x4.mul(slope, slope));
    v128.store(sums + i, sum);
    const move = f32x4.div(f32x4.mul(learningRates, slope), f32x4.add(f32x4.sqrt(sum), epsilons));
    v128.store(parameters + i, f32x4.sub(f32x4.mul(decays, v128.load(parameters + i)), move));
  }
}

/**
 * The proximal step of an anchor: each parameter goes the share p / (p + d) of its way, with p = learningRate × importance and
 * d = √secondMoment × rootFactor + offset. @param secondMoment 0 where there is none
 */
export function anchorStep(
  parameters: usize,
  secondMoment: usize,
  importance: usize,
  anchor: usize,
  bytes: usize,
  learningRate: f32,
  rootFactor: f32,
  offset: f32,
): void {
  const learningRates = f32x4.splat(learningRate);
  const rootFactors = f32x4.splat(rootFactor);
  const offsets = f32x4.splat(offset);
  for (let i: usize = 0; i < bytes; i += 16) {
    const pull = f32x4.mul(learningRates, v128.load(importance + i));
    let size = offsets;
    if (secondMoment) size = f32x4.add(f32x4.mul(f32x4.sqrt(v128.load(secondMoment + i)), rootFactors), offsets);
    const share = f32x4.div(pull, f32x4.add(pull, size));
    const value = v128.load(parameters + i);
    v128.store(parameters + i, f32x4.add(value, f32x4.mul(share, f32x4.sub(v128.load(anchor + i), value))));
  }
}
