/** Where a network runs: on a GPU, in WebAssembly, or in JavaScript. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

export type NetworkLoss = 'softmax-cross-entropy' | 'logistic' | 'squared';

/**
 * A wide and deep network (Cheng et al. 2016, arXiv 1606.07792): `scores = x·W + relu(… relu(x·H₀ + h₀) …)·V + b`, with any number of rectified hidden layers.
 */
export interface NetworkSpec {
  readonly inputSize: number;
  /** Units of each hidden layer, each at least 1, from the inputs on; none leaves the wide (linear) part alone. */
  readonly hiddenSizes: readonly number[];
  /** Whether the inputs reach the scores directly, too (x·W); must be true where there is no hidden layer. */
  readonly wide: boolean;
  readonly outputSize: number;
  readonly loss: NetworkLoss;
  readonly optimizer: OptimizerSpec;
  /** Rows of an ordinary training batch; others have a number of rows from `trainingRows`: a GPU keeps a buffer and the programs' sizes for each number. */
  readonly batchSize: number;
}

/**
 * How a step moves each parameter θ with gradient g. The weight decay of all of them is decoupled (AdamW, arXiv 1711.05101) and applies to biases, too:
 * θ ← (1 − learningRate weightDecay) θ − what is written at each.
 */
export type OptimizerSpec = AdamSpec | SgdSpec | AdagradSpec;

/** Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1). Moments: the means of g and of g². */
export interface AdamSpec {
  readonly kind: 'adam';
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * Gradient descent with heavy-ball momentum, as in PyTorch and tfjs: velocity ← momentum velocity + g; learningRate velocity.
 * The first moment is the velocity; with momentum 0 there is none. No second moment.
 */
export interface SgdSpec {
  readonly kind: 'sgd';
  readonly learningRate: number;
  /** In [0, 1). */
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * AdaGrad (Duchi et al. 2011, diagonal form), as in PyTorch: sum ← sum + g²; learningRate g / (√sum + epsilon).
 * The second moment is the sum, which starts at 0. No first moment.
 */
export interface AdagradSpec {
  readonly kind: 'adagrad';
  readonly learningRate: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * Everything that learning changes. `parameters` is one flat vector, laid out as `wide.weight [inputSize, outputSize]` (only with `wide`),
 * `bias [outputSize]`, then of each hidden layer `weight [units before it, its units]` and `bias [its units]`, then, where there is a hidden layer,
 * `deep.weight [units of the last, outputSize]`. A moment has the same layout, or is empty where the optimizer has none.
 */
export interface NetworkState {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly firstMoment: Float32Array<ArrayBuffer>;
  readonly secondMoment: Float32Array<ArrayBuffer>;
  /** Training steps taken so far. */
  readonly step: number;
}

/**
 * One training batch of as many rows as `weights` has entries: `batchSize` or one of `trainingRows`. A row with weight 0 is padding. The loss is the weighted
 * sum over rows divided by the number of rows.
 */
export interface Batch {
  /** Row-major [rows, inputSize]. */
  readonly inputs: Float32Array;
  /** Row-major [rows, outputSize]: one-hot classes, or rewards in [0, 1] for `logistic`. */
  readonly targets: Float32Array;
  /** [rows], each ≥ 0. */
  readonly weights: Float32Array;
  /** [outputSize], 1 for an output that takes part and 0 for one that is not in use yet (its score is masked out of the softmax). */
  readonly outputMask: Float32Array;
  /**
   * Row-major [rows, outputSize], 1 or 0: outputs that also take no part in the loss of one row alone, such as classes that a fresh example
   * should leave in peace (ER-ACE, Caccia et al. 2022, arXiv 2104.05025). A row whose weight is not 0 needs at least one output. Default: all take part.
   */
  readonly rowMask?: Float32Array;
  /** Scores to stay near, beside the targets (dark experience replay, Buzzega et al. 2020, arXiv 2004.07211). Default: none. */
  readonly logits?: LogitTargets;
  /** Parameters to stay near in this step. Default: none. */
  readonly anchor?: Anchor;
}

/** Adds Σ ½ weight (score − target)² over rows and outputs in use to the loss, before it is divided by the number of rows. */
export interface LogitTargets {
  /** Row-major [rows, outputSize], finite. */
  readonly targets: Float32Array;
  /** Row-major [rows, outputSize], each ≥ 0; independent of the batch's `weights` and `rowMask`. */
  readonly weights: Float32Array;
}

/**
 * Adds Σ ½ importance (θ − parameters)² over all parameters θ to what a step minimises; losses and gradients that are read leave it out. It is taken as a
 * proximal step after the optimizer's, in the metric of the optimizer: θ ← argmin ½ importance (θ − parameters)² + ½ s⁻¹ (θ − θ')², where θ' is what the
 * optimizer gives and s its step size for that parameter (ProxGen, Yun et al., NeurIPS 2021). Stable for any importance.
 * On a GPU it is uploaded once for each object: its arrays must not change.
 */
export interface Anchor {
  /** [parameters.length], each ≥ 0. */
  readonly importance: Float32Array<ArrayBuffer>;
  /** [parameters.length] */
  readonly parameters: Float32Array<ArrayBuffer>;
}

/**
 * One network, resident on one backend. Calls may overlap; they take effect in the order in which they were made. Arguments have been read, but for an
 * {@link Anchor}, when a call returns its promise: their arrays may be used again at once.
 */
export interface Network {
  readonly spec: NetworkSpec;
  readonly backend: BackendName;
  /**
   * Scores before softmax or sigmoid.
   * @param inputs row-major [rows, inputSize]
   * @returns row-major [rows, outputSize]
   * @throws COMPUTE_FAILED
   */
  predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>>;
  /** One optimizer step on the batch; nothing is read back. @throws COMPUTE_FAILED */
  learn(batch: Batch): Promise<void>;
  /**
   * Loss of the last step's batch as the parameters were before that step; its anchor is left out, as it is from {@link gradients}. Costs no forward pass:
   * the step has worked it out. On a GPU it is a small readback: ask every N steps. Takes its turn among overlapping calls.
   * @returns NaN before this network's first step
   * @throws COMPUTE_FAILED
   */
  lastLoss(): Promise<number>;
  /** Loss and flat gradient [parameters.length] of the batch, without a step. @throws COMPUTE_FAILED */
  gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }>;
  /**
   * Σ over rows of the squared gradient of that row's own weighted loss, by parameter: squared before it is summed, so that it is the diagonal of the
   * Fisher information where the targets are drawn from the network's own answers. Without a step.
   * @returns [parameters.length]
   * @throws COMPUTE_FAILED
   */
  squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>>;
  /** Copies the state out. @throws COMPUTE_FAILED */
  state(): Promise<NetworkState>;
  /** Gives back what it holds. Calls made before are answered, those after it throw COMPUTE_FAILED. */
  dispose(): void;
}

/** An opened backend: makes networks and says what it holds. */
export interface ComputeBackend {
  readonly name: BackendName;
  /** What the probe keeps its answer under, e.g. "webgpu:apple:m2" or "wasm:simd:fused". */
  readonly deviceKey: string;
  /** A new network on this backend that starts from a copy of `state`. @throws COMPUTE_FAILED */
  createNetwork(spec: NetworkSpec, state: NetworkState): Network;
  /** Bytes and vectors held: on WebGPU with the buffers that are kept for later, on wasm the whole memory, which never shrinks. An index of candidates says itself what it holds. */
  memory(): { tensors: number; bytesAllocated: number };
  /** Resolves with the reason when the backend can no longer be used (a lost GPU device); never resolves otherwise. */
  readonly lost: Promise<string>;
  /**
   * Disposes its networks and gives everything back: it holds nothing from then on, and `createNetwork` throws COMPUTE_FAILED. What a GPU has not done by then may
   * fail with COMPUTE_FAILED.
   */
  dispose(): void;
}

/** Opens a backend, or throws BACKEND_UNAVAILABLE with the reason. */
export type OpenBackend = (name: BackendName) => Promise<ComputeBackend>;
