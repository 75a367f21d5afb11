import { asTendrilError, type TendrilError } from '../../errors.ts';
import { emptyLineage, parseLineage, type Lineage } from '../../versions/lineage.ts';

/** @param stored what lay beside the checkpoint @param learnedTo log position of that @param onError is told of what is damaged: then nothing is known but the position */
export function readLineage(stored: unknown, learnedTo: number, onError: (error: TendrilError) => void): Lineage {
  // A model from before versions were kept: what it has learned is not known more exactly.
  const unknown = { ...emptyLineage, learned: learnedTo };
  if (stored === undefined || stored === null) return unknown;
  try {
    return parseLineage(stored);
  } catch (caught) {
    onError(asTendrilError(caught));
    return unknown;
  }
}
