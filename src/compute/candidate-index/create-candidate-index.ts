import type { CandidateIndex, CandidateIndexOptions } from './candidate-index.ts';
import { parseCandidateOptions } from './check-candidates.ts';
import { openCandidateIndex, type CandidatePlace } from './open-candidate-index.ts';
import { RescoredIndex } from './rescored-index.ts';

/**
 * {@link openCandidateIndex}, with rows kept in single precision beside it where `rescore` asks for that.
 * @throws INVALID_CONFIG for options that do not fit, BACKEND_UNAVAILABLE
 */
export async function createCandidateIndex(
  options: CandidateIndexOptions,
  place: CandidatePlace,
): Promise<CandidateIndex> {
  const parsed = parseCandidateOptions(options);
  if (!parsed.rescore) return openCandidateIndex(parsed, place);
  return new RescoredIndex(await openCandidateIndex({ ...parsed, metric: 'inner-product' }, place), parsed);
}
