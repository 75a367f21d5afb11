import { murmur3 } from '../../core/hashing.ts';
import { Rng } from '../../core/rng.ts';

/** Whose order a decision shows: drawn from its id, whatever visitor or context, so that the two kinds of decisions can be compared. */
export function armOf(decisionId: string, share: number, seed: number): 'model' | 'host' {
  // Another seed than the one that explores: the two draws have nothing to do with each other.
  const draw = Rng.fromSeed(murmur3(`arm of ${decisionId}`, seed)).nextFloat();
  return draw < share ? 'host' : 'model';
}
