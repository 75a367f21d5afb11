import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fromRoot } from '../../../scripts/lib/paths.mjs';

const list = <T extends v.GenericSchema>(entry: T) => v.pipe(v.array(entry), v.readonly());
const cost = v.object({
  predictUs: v.number(),
  learnUs: v.number(),
  /** null where the model cannot be written. */
  stateBytes: v.nullable(v.number()),
  seconds: v.number(),
});
const peerRow = v.object({
  method: v.string(),
  /** Name and version. */
  package: v.string(),
  seeds: list(v.number()),
  /** One value a seed. */
  metrics: v.record(v.string(), list(v.number())),
  cost,
  machine: v.string(),
});
const peers = v.object({ benchmarks: v.record(v.string(), list(peerRow)) });

/** What another library reached when bench/peers ran it here. */
export type PeerRow = v.InferOutput<typeof peerRow>;
/** By the key of the benchmark. */
export type Peers = Readonly<Record<string, readonly PeerRow[]>>;

export const PEERS_FILE = 'bench/results/peers.json';

export function parsePeers(text: string): Peers {
  return v.parse(peers, JSON.parse(text)).benchmarks;
}

/** Empty where the peers never ran: they need Python. */
export async function readPeers(): Promise<Peers> {
  const file = fromRoot(PEERS_FILE);
  return existsSync(file) ? parsePeers(await readFile(file, 'utf8')) : {};
}
