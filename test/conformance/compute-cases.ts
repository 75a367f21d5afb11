import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BackendName,
  Batch,
  ComputeBackend,
  Network,
  NetworkSpec,
  NetworkState,
} from '../../src/compute/compute.ts';
import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import { Rng } from '../../src/core/rng.ts';
import { describeArithmetic } from './compute-arithmetic-cases.ts';
import {
  allSpecs,
  largestDifference,
  learnedState,
  nameOf,
  networkSpec,
  randomAnchor,
  randomBatch,
  randomVector,
  rehearsalBatch,
  tolerance,
} from './compute-fixtures.ts';

/** What every backend has to keep to, wherever it runs. @param title for one that is not a backend of its own */
export function describeComputeBackend(
  name: BackendName,
  open: () => Promise<ComputeBackend>,
  title: string = name,
): void {
  describe(`compute backend ${title}`, () => {
    let backend: ComputeBackend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => {
      backend.dispose();
    });

    const withNetwork = async (
      spec: NetworkSpec,
      state: NetworkState,
      work: (network: Network) => Promise<void>,
    ): Promise<void> => {
      const network = backend.createNetwork(spec, state);
      try {
        await work(network);
      } finally {
        network.dispose();
      }
    };

    it('says what it is', () => {
      expect(backend.name).toBe(name);
      expect(backend.deviceKey).toMatch(new RegExp(`^${name}\\b`));
    });

    for (const each of allSpecs) describeArithmetic(each, () => backend);

    const spec = networkSpec('softmax-cross-entropy', 40);
    const state = learnedState(spec, 6);

    it('learns: the loss falls', () =>
      withNetwork(spec, state, async (network) => {
        const batch = randomBatch(spec, 7);
        const { loss: before } = await network.gradients(batch);
        for (let i = 0; i < 40; i++) await network.learn(batch);
        expect((await network.gradients(batch)).loss).toBeLessThan(before / 4);
      }));

    it('hands out the state that it was given, and goes on from it as if it had never stopped', () =>
      withNetwork(spec, state, async (network) => {
        expect(await network.state()).toEqual(state);
        await network.learn(randomBatch(spec, 8));
        await withNetwork(spec, await network.state(), async (resumed) => {
          await Promise.all([network, resumed].map((each) => each.learn(randomBatch(spec, 9))));
          expect(await resumed.state()).toEqual(await network.state());
        });
      }));

    it('says what a step cost without another pass, and when it has taken none that there is nothing to say', () =>
      withNetwork(spec, state, async (network) => {
        expect(await network.lastLoss()).toBeNaN();
        const batches = [{ ...randomBatch(spec, 8), anchor: randomAnchor(spec, 9) }, rehearsalBatch(spec, 10, 64)];
        for (const batch of batches) {
          const { loss } = await network.gradients(batch);
          await network.learn(batch);
          expect(Math.abs((await network.lastLoss()) - loss)).toBeLessThan(1e-6);
        }
        const last = await network.lastLoss();
        await network.gradients(batches[0]!);
        await network.predict(batches[0]!.inputs, spec.batchSize);
        expect(await network.lastLoss(), 'of the last step, whatever came after').toBe(last);
      }));

    it('says the loss of the step that came before, also among calls that are under way', () =>
      withNetwork(spec, state, async (network) => {
        const batches = [1, 2, 3].map((seed) => randomBatch(spec, seed));
        const together = batches.flatMap((batch) => [network.learn(batch), network.lastLoss()]);
        const losses = (await Promise.all<unknown>(together)).filter((answer) => answer !== undefined);
        await withNetwork(spec, state, async (serial) => {
          for (const [index, batch] of batches.entries()) {
            await serial.learn(batch);
            expect(await serial.lastLoss()).toBe(losses[index]);
          }
        });
      }));

    it('does not share memory with the state it was made from', () =>
      withNetwork(spec, state, async (network) => {
        const before = state.parameters.slice();
        await network.learn(randomBatch(spec, 8));
        await network.state();
        expect(state.parameters).toEqual(before);
      }));

    it('leaves masked outputs and padding rows out', () =>
      withNetwork(spec, state, async (network) => {
        const batch = randomBatch(spec, 10);
        const { loss, gradients } = await network.gradients(batch);
        const maskedSlopes = Array.from(
          { length: spec.inputSize },
          (_, i) => gradients[i * spec.outputSize + spec.outputSize - 1],
        );
        expect(maskedSlopes.every((slope) => slope === 0)).toBe(true);
        const changed = { ...batch, targets: batch.targets.slice().fill(1, -2 * spec.outputSize) };
        const again = await network.gradients(changed);
        expect(again.loss).toBe(loss);
        expect(again.gradients).toEqual(gradients);
      }));

    it('stays finite where exponentials overflow', async () => {
      for (const loss of ['softmax-cross-entropy', 'logistic'] as const) {
        const steep = networkSpec(loss, 0);
        const parameters = learnedState(steep, 1).parameters.map((value) => value * 1000);
        await withNetwork(steep, { ...learnedState(steep, 1), parameters }, async (network) => {
          const result = await network.gradients(randomBatch(steep, 11));
          expect(Number.isFinite(result.loss)).toBe(true);
          expect(result.gradients.every(Number.isFinite)).toBe(true);
        });
      }
    });

    it('keeps overlapping calls in their order', async () => {
      const inputs = randomVector(Rng.fromSeed(12), spec.inputSize);
      const batches = [randomBatch(spec, 13), randomBatch(spec, 14)] as const;
      const serial: unknown[] = [];
      await withNetwork(spec, state, async (network) => {
        for (const batch of batches) {
          serial.push(await network.predict(inputs, 1));
          await network.learn(batch);
          serial.push(await network.state());
        }
      });
      await withNetwork(spec, state, async (network) => {
        const calls = batches.flatMap((batch) => [network.predict(inputs, 1), network.learn(batch), network.state()]);
        const answers = (await Promise.all<unknown>(calls)).filter((answer) => answer !== undefined);
        expect(answers).toEqual(serial);
      });
    });

    it('has read what it is given when it returns', async () => {
      const inputs = randomVector(Rng.fromSeed(12), 3 * spec.inputSize);
      const anchor = randomAnchor(spec, 13);
      const answers = async (isReused: boolean): Promise<unknown[]> => {
        const pending: Promise<unknown>[] = [];
        const network = backend.createNetwork(spec, state);
        for (const call of ['learn', 'gradients', 'squaredGradients', 'learn'] as const) {
          const batch = rehearsalBatch(spec, 14, 24);
          pending.push(network[call]({ ...batch, anchor }));
          if (isReused) for (const array of arraysOf(batch)) array.fill(0.5);
          const given = inputs.slice();
          pending.push(network.predict(given, 3));
          if (isReused) given.fill(0.5);
        }
        const answers = await Promise.all([...pending, network.state()]);
        network.dispose();
        return answers;
      };
      expect(await answers(true)).toEqual(await answers(false));
    });

    it('answers the calls that were made before it was disposed, and none after', async () => {
      const inputs = randomVector(Rng.fromSeed(12), spec.inputSize);
      const call = (network: Network): Promise<unknown>[] => [
        network.learn(randomBatch(spec, 13)),
        network.predict(inputs, 1),
        network.gradients(randomBatch(spec, 14)),
        network.learn(randomBatch(spec, 14)),
        network.lastLoss(),
        network.state(),
        network.predict(inputs, 1),
      ];
      const before = backend.memory().tensors;
      const [kept, disposed] = [backend.createNetwork(spec, state), backend.createNetwork(spec, state)];
      const expected = await Promise.all(call(kept));
      const pending = call(disposed);
      disposed.dispose();
      const late = disposed.predict(inputs, 1);
      await expect(late).rejects.toEqual(failure);
      expect(await Promise.all(pending)).toEqual(expected);
      kept.dispose();
      expect(backend.memory().tensors).toBe(before);
    });

    it('shows in every prediction that weights are no numbers', async () => {
      const { parameters } = state;
      const { bias, hidden, deepWeight } = parameterLayout(spec);
      for (const place of [0, bias, hidden[0]!.weight, hidden[0]!.bias, deepWeight]) {
        const broken = parameters.map((value, i) => (i >= place && i < place + 40 ? NaN : value));
        await withNetwork(spec, { ...state, parameters: broken }, async (network) => {
          for (const rows of [1, 2, 9, 70]) {
            const scores = await network.predict(new Float32Array(rows * spec.inputSize).fill(0.3), rows);
            for (let row = 0; row < rows; row++) {
              const ofRow = scores.subarray(row * spec.outputSize, (row + 1) * spec.outputSize);
              expect(ofRow.some(Number.isNaN), `from ${place} on, row ${row} of ${rows}`).toBe(true);
            }
          }
        });
      }
    });

    it('holds nothing once it is disposed, and makes no network', async () => {
      const closed = await open();
      const network = closed.createNetwork(spec, state);
      await network.learn(randomBatch(spec, 2));
      await network.predict(new Float32Array(spec.inputSize), 1);
      expect(closed.memory().bytesAllocated).toBeGreaterThan(state.parameters.byteLength);
      closed.dispose();
      closed.dispose();
      expect(closed.memory()).toEqual({ tensors: 0, bytesAllocated: 0 });
      expect(() => closed.createNetwork(spec, state)).toThrow(failure);
      await expect(network.predict(new Float32Array(spec.inputSize), 1)).rejects.toEqual(failure);
      network.dispose();
    });

    it('holds no more after 300 mixed calls than after 30', async () => {
      const before = backend.memory().tensors;
      await withNetwork(spec, state, async (network) => {
        const batch = randomBatch(spec, 15);
        const anchors = [randomAnchor(spec, 16), randomAnchor(spec, 17)] as const;
        const mixed = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            const rows = 1 + (i % 3) * 6;
            await Promise.all([
              network.learn(i % 2 === 0 ? batch : { ...batch, anchor: anchors[i % 4 === 1 ? 0 : 1] }),
              network.predict(randomVector(Rng.fromSeed(i), rows * spec.inputSize), rows),
            ]);
            if (i % 10 === 0)
              await Promise.all([network.gradients(batch), network.squaredGradients(batch), network.state()]);
          }
          await network.predict(new Float32Array(spec.inputSize), 1);
        };
        await mixed(30);
        const warm = backend.memory();
        await mixed(270);
        expect(backend.memory()).toEqual(warm);
      });
      expect(backend.memory().tensors).toBe(before);
    });

    it('refuses arguments of the wrong size and calls after dispose', async () => {
      const batch = randomBatch(spec, 16);
      expect(() => backend.createNetwork(spec, { ...state, parameters: new Float32Array(3) })).toThrow(failure);
      expect(() => backend.createNetwork(spec, { ...state, firstMoment: new Float32Array(0) })).toThrow(failure);
      const plain = { ...spec, optimizer: { kind: 'sgd', learningRate: 1, momentum: 0, weightDecay: 0 } as const };
      expect(() => backend.createNetwork(plain, state), 'moments that it has not').toThrow(failure);
      const empty = { ...spec, hiddenSizes: [], wide: false };
      expect(() => backend.createNetwork(empty, learnedState(empty, 1)), 'no way to the scores').toThrow(failure);
      const hollow = { ...spec, hiddenSizes: [4, 0] };
      expect(() => backend.createNetwork(hollow, learnedState(hollow, 1))).toThrow(failure);
      const network = backend.createNetwork(spec, state);
      await expect(network.predict(new Float32Array(5), 1)).rejects.toEqual(failure);
      for (const rows of [-1, 0.5, NaN, Infinity])
        await expect(network.predict(new Float32Array(5), rows)).rejects.toEqual(failure);
      await expect(network.learn({ ...batch, weights: new Float32Array(2) })).rejects.toEqual(failure);
      await expect(network.gradients({ ...batch, inputs: new Float32Array(2) })).rejects.toEqual(failure);
      await expect(network.learn({ ...batch, rowMask: new Float32Array(2) })).rejects.toEqual(failure);
      const short = { targets: new Float32Array(2), weights: new Float32Array(2) };
      await expect(network.learn({ ...batch, logits: short })).rejects.toEqual(failure);
      const anchor = { importance: new Float32Array(2), parameters: state.parameters };
      await expect(network.learn({ ...batch, anchor })).rejects.toEqual(failure);
      await expect(network.learn(randomBatch({ ...spec, batchSize: 20 }, 16))).rejects.toEqual(failure);
      network.dispose();
      network.dispose();
      await expect(network.predict(new Float32Array(spec.inputSize), 1)).rejects.toEqual(failure);
      await expect(network.state()).rejects.toEqual(failure);
      await expect(network.lastLoss()).rejects.toEqual(failure);
    });
  });
}

function arraysOf({ inputs, targets, weights, outputMask, rowMask, logits }: Batch): Float32Array[] {
  const optional = [rowMask, logits?.targets, logits?.weights].filter((array) => array !== undefined);
  return [inputs, targets, weights, outputMask, ...optional];
}

const failure = expect.objectContaining({ code: 'COMPUTE_FAILED' });

/** All pairs of backends give the same answers within {@link tolerance}, also after 20 steps. */
export function describeAgreement(
  names: readonly BackendName[],
  open: (name: BackendName) => Promise<ComputeBackend>,
): void {
  describe(`${names.join(', ')} agree`, () => {
    let backends: ComputeBackend[];
    beforeAll(async () => {
      backends = await Promise.all(names.map(open));
    });
    afterAll(() => {
      for (const backend of backends) backend.dispose();
    });

    for (const spec of allSpecs) {
      it(nameOf(spec), async () => {
        const state = learnedState(spec, 20);
        const networks = backends.map((backend) => backend.createNetwork(spec, state));
        const inputs = randomVector(Rng.fromSeed(21), 64 * spec.inputSize);
        const expectAgreement = (answers: Float32Array[], limit: number): void => {
          for (const answer of answers.slice(1)) expect(largestDifference(answer, answers[0]!)).toBeLessThan(limit);
        };
        // Networks of several backends run interleaved here on purpose.
        expectAgreement(await Promise.all(networks.map((network) => network.predict(inputs, 64))), tolerance);
        const gradients = await Promise.all(networks.map((network) => network.gradients(randomBatch(spec, 22))));
        expectAgreement(
          gradients.map((result) => result.gradients),
          tolerance,
        );
        for (let i = 0; i < 20; i++)
          await Promise.all(networks.map((network) => network.learn(randomBatch(spec, 23 + i))));
        for (let i = 0; i < 5; i++)
          await Promise.all(networks.map((network) => network.learn(rehearsalBatch(spec, 50 + i, 32))));
        const anchor = randomAnchor(spec, 60);
        for (let i = 0; i < 5; i++)
          await Promise.all(networks.map((network) => network.learn({ ...randomBatch(spec, 70 + i), anchor })));
        const squares = await Promise.all(
          networks.map((network) => network.squaredGradients(rehearsalBatch(spec, 80, 64))),
        );
        const largest = squares[0]!.reduce((a, b) => Math.max(a, b), 1);
        expectAgreement(squares, 10 * tolerance * largest);
        const states = await Promise.all(networks.map((network) => network.state()));
        // Adam and AdaGrad divide by the gradient's size, so that rounding in a slope near 0 can move a parameter by up to a step.
        expectAgreement(
          states.map(({ parameters }) => parameters),
          10 * tolerance,
        );
        expectAgreement(await Promise.all(networks.map((network) => network.predict(inputs, 64))), 10 * tolerance);
        for (const network of networks) network.dispose();
      });
    }
  });
}
