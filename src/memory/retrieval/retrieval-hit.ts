import type { Json } from '../../core/part-state.ts';
import type { ItemEntry } from './retrieval-entry.ts';

/** One item of an answer. */
export interface RetrievalHit {
  readonly id: string;
  readonly answer: Json;
  readonly features: ItemEntry['features'];
  /** Similarity plus what feedback adds. */
  readonly score: number;
  /** Cosine of query and item; 0 for a corrected answer that has no vector in the store's space. */
  readonly similarity: number;
  /** Event of the correction that puts this answer first, or null. */
  readonly correctedBy: string | null;
  /** Events behind the shift of the score, oldest first. */
  readonly feedback: readonly string[];
  /** Where the item is from. */
  readonly provenance: Pick<ItemEntry, 'eventId' | 'atMs' | 'source'>;
}
