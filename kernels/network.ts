/** A network as it lies in memory: what it is made of, where its vectors are, and where one call has its batch. Addresses are set before the first call. */
@unmanaged
export class Network {
  inputSize: i32;
  outputSize: i32;
  loss: i32;
  wide: i32;
  hiddenCount: i32;
  /** Number of parameters. */
  size: i32;
  parameters: usize;
  firstMoment: usize;
  secondMoment: usize;
  importance: usize;
  anchor: usize;
  // One call's batch, see compute.ts; each with room for the most rows.
  inputs: usize;
  targets: usize;
  weights: usize;
  outputMask: usize;
  rowMask: usize;
  logitTargets: usize;
  logitWeights: usize;
  scores: usize;
  gradient: usize;
  /** As many zeros as the widest layer has units. */
  zeros: usize;
  /** [outputSize] */
  mask: usize;
  /** For matrix products. */
  scratch: usize;
}

@unmanaged
export class HiddenLayer {
  units: i32;
  /** Outputs [rows, units]. */
  activation: usize;
  /** Derivative of the loss with respect to the sums that they are rectified of. */
  slope: usize;
}

export function hiddenLayer(network: Network, index: i32): HiddenLayer {
  return changetype<HiddenLayer>(
    changetype<usize>(network) + offsetof<Network>() + <usize>index * offsetof<HiddenLayer>(),
  );
}

/** Bytes of `count` numbers: whole vectors of four, and room for loads and stores past the end. */
export function blockBytes(count: i32): usize {
  return (((<usize>count) << 2) + 79) & ~15;
}
