import type { BackendName } from '../../src/compute/compute.ts';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { sha256Hex } from '../../src/core/hashing.ts';
import { Rng } from '../../src/core/rng.ts';
import { networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';

/** Digest of every bit of a network's state after 25 steps from a fixed seed. */
export async function digestAfterLearning(name: BackendName): Promise<string> {
  const backend = await openBackend(name);
  const spec = networkSpec('softmax-cross-entropy', 40);
  const network = backend.createNetwork(spec, initialState(spec, Rng.fromSeed(17)));
  for (let i = 0; i < 25; i++) await network.learn(randomBatch(spec, 100 + i));
  const { parameters, firstMoment, secondMoment } = await network.state();
  backend.dispose();
  return sha256Hex(new Uint8Array(await new Blob([parameters, firstMoment, secondMoment]).arrayBuffer()));
}

// Run as a program it prints the digest: that is how the test asks another process.
if (process.argv[2] === '--digest') console.log(await digestAfterLearning(process.argv[3] as BackendName));
