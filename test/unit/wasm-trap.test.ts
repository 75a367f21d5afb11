import { expect, it } from 'vitest';
import { openWasmBackend } from '../../src/compute/wasm/wasm-backend.ts';
import { TendrilError } from '../../src/errors.ts';
import { learnedState, networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';
import { expectCode } from '../support/expect-code.ts';
import { trapKernels } from '../support/trapping-kernels.ts';

const spec = networkSpec('softmax-cross-entropy', 0);

it.each(['bounds', 'unreachable'] as const)(
  'a kernel that traps (%s) is the end of all networks beside it, and of no others',
  async (how) => {
    const instantiate = WebAssembly.instantiate.bind(WebAssembly);
    trapKernels(how, 'learn', 3);
    const backend = await openWasmBackend();
    Object.assign(WebAssembly, { instantiate });
    const other = await openWasmBackend();
    const [one, two] = [1, 2].map((seed) => backend.createNetwork(spec, learnedState(spec, seed)));
    const apart = other.createNetwork(spec, learnedState(spec, 3));
    const batch = randomBatch(spec, 4);
    await one!.learn(batch);
    await two!.learn(batch);
    const trap = await expectCode(() => one!.learn(batch), 'COMPUTE_FAILED');
    expect(trap.cause).toBeInstanceOf(WebAssembly.RuntimeError);
    for (const call of [() => two!.state(), () => two!.learn(batch), () => one!.lastLoss()])
      expect(await expectCode(call, 'COMPUTE_FAILED')).toBe(trap);
    expect(() => backend.createNetwork(spec, learnedState(spec, 5))).toThrow(TendrilError);
    for (let step = 0; step < 4; step++) await apart.learn(batch);
    expect(await apart.lastLoss()).toBeGreaterThan(0);
    backend.dispose();
    other.dispose();
  },
);
