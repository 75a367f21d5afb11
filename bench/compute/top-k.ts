import type { CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import type { ContenderName } from './contender.ts';
import type { Host, Opened } from './hosts/host.ts';
import { inBothHosts } from './hosts/with-hosts.ts';
import { interleave, type Pace } from './interleave.ts';
import { rankingQuality } from './ranking-quality.ts';
import { asFigure, compare } from './statistics.ts';

const COUNT = 100_000;
const FEATURES = 128;
const K = 10;
const PACE: Pace = { rounds: 15, turnMs: 100, warmUpMs: 500 };
const STORAGES: readonly CandidateStorage[] = ['float32', 'float16', 'int8'];

export const topK: FigureSection = {
  key: 'top-k',
  title: `The best ${K} of ${COUNT.toLocaleString('en-GB')} candidates`,
  protocol: `Inner products of one query with ${COUNT.toLocaleString('en-GB')} rows of ${FEATURES} features, which are resident, from a typed array to the slots of the best ${K}, one query after another and each awaited. Plain: a loop over all, then a short sorted list. tfjs: \`matMul\` and \`topk\` on the same backend. Each in a worker or process of its own, in turns of at least ${PACE.turnMs} ms, after warming up; in single precision all find the same slots, or there would be no figure. Value: their median time divided by ours. WebGPU is SwiftShader, a GPU in software.`,
  measure: () => inBothHosts(measureHost),
};

async function measureHost(host: Host): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const backend of host.backends) figures.push(...(await measureBackend(host, backend)));
  return figures;
}

async function measureBackend(host: Host, backend: BackendName): Promise<readonly Figure[]> {
  const open = (name: ContenderName, storage: CandidateStorage = 'float32'): Promise<Opened> =>
    host.open(name, { shape: [FEATURES, COUNT], rows: 1, backend, storage });
  const all: Opened[] = [await open('top-k-plain'), await open('top-k-tfjs')];
  for (const storage of STORAGES) all.push(await open('top-k-ours', storage));
  const [plain = [], tfjs = [], ...ours] = await Promise.all(all.map((one) => one.scores(K)));
  if (String(tfjs) !== String(plain) || String(ours[0]) !== String(plain)) {
    throw new Error(`not the same candidates on ${backend}: ${String(plain)}; ${String(tfjs)}; ${String(ours[0])}`);
  }
  const times = await interleave(
    all.map((one) => ({ run: (calls: number) => one.predict(calls, K) })),
    PACE,
  );
  for (const one of all) await one.close();
  return STORAGES.flatMap((storage, index) => {
    const mine = times[2 + index]!;
    const where = `${backend}, ${storage}, ${host.name}`;
    // A GPU that a processor plays has no memory of its own to be fast in.
    const isGoal = storage === 'float32' && backend !== 'webgpu';
    const remark = `recall of the first query ${rankingQuality(plain, ours[index]!).recall}`;
    return [
      asFigure(`${where}, against a plain loop`, compare(mine, times[0]!), isGoal ? 1 : undefined, remark),
      asFigure(`${where}, against tfjs`, compare(mine, times[1]!)),
    ];
  });
}
