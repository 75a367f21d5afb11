import type { CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import type { Host, Opened } from './hosts/host.ts';
import { inBothHosts } from './hosts/with-hosts.ts';
import { interleave, type Pace } from './interleave.ts';
import { asFigure, compare } from './statistics.ts';

const COUNTS = [3000, 10_000, 50_000];
const SIZE = 256;
const K = 10;
const QUERIES = 32;
const PACE: Pace = { rounds: 15, turnMs: 100, warmUpMs: 300 };
/** Those that the runtime chooses among. */
const STORAGES: readonly CandidateStorage[] = ['int8', 'float32'];

export const retrieval: FigureSection = {
  key: 'retrieval',
  title: 'A retrieval task’s search, with an index of its items against a look at all of them',
  protocol: `Items with embeddings of ${SIZE} numbers, in clusters of about a hundred, and a vote for each of ${QUERIES} queries, which are new members of clusters; a whole search for the best ${K}, one after another and each awaited. Both give the same items for every query, or there would be no figure. Each in a worker or process of its own, in turns of at least ${PACE.turnMs} ms, after warming up. Value: the median time of a search that looks at all items divided by that of one with the index. Which backend and storage a page has, the probe decides on its device; on the cpu no index is kept, and here is why. WebGPU is SwiftShader, a GPU in software.`,
  measure: () => inBothHosts(measureHost),
};

async function measureHost(host: Host): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS)
    for (const backend of host.backends) figures.push(...(await measureBackend(host, count, backend)));
  return figures;
}

async function measureBackend(host: Host, count: number, backend: BackendName): Promise<readonly Figure[]> {
  const open = (storage?: CandidateStorage): Promise<Opened> =>
    host.open('retrieval', { shape: [SIZE, count], rows: 1, backend, ...(storage && { storage }) });
  const scan = await open();
  const indexed: Opened[] = [];
  for (const storage of STORAGES) indexed.push(await open(storage));
  for (const one of indexed) await expectSame(scan, one);
  const [scanMs = [], ...indexedMs] = await interleave(
    [scan, ...indexed].map((one) => ({ run: (calls: number) => one.predict(calls, K) })),
    PACE,
  );
  for (const one of [scan, ...indexed]) await one.close();
  return STORAGES.map((storage, place) => {
    const what = `${count.toLocaleString('en-GB')} items, ${backend}, ${storage}, ${host.name}`;
    // A GPU that a processor plays is no faster than the processor.
    return asFigure(what, compare(indexedMs[place] ?? [], scanMs), backend === 'wasm' ? 1 : undefined);
  });
}

async function expectSame(scan: Opened, indexed: Opened): Promise<void> {
  for (let query = 0; query < QUERIES; query++) {
    const expected = String(await scan.scores(K, query));
    const found = String(await indexed.scores(K, query));
    if (found !== expected) throw new Error(`not the same items for query ${query}: ${found} instead of ${expected}`);
  }
}
