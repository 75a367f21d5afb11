import { TendrilError } from '../../errors.ts';

export interface FeatureDriftOptions {
  /** Chance of one false alarm or more, of any feature, within 10,000 rows; default 0.05. */
  readonly alpha?: number;
  /** Rows of which the reference is made, at least 128; default 1,024. */
  readonly referenceRows?: number;
  /**
   * What is compared with. `frozen` (default): the first rows, until `restart`. `previous`: then, after every 2,048 rows, these; what moved
   * is told once, and slow change is not seen.
   */
  readonly reference?: 'frozen' | 'previous';
  /** Of the directions that embeddings are looked at in; default 1. */
  readonly seed?: number;
}

const LEAST_REFERENCE = 128;
/** Rows that cells are made of. They are not counted, so that how cells were chosen does not matter to what is counted. */
const MOST_PILOT = 128;

/** Options with their defaults, and what follows from them. */
export interface FeatureDriftSettings {
  readonly alpha: number;
  readonly referenceRows: number;
  readonly pilotRows: number;
  readonly keepsReference: boolean;
  readonly seed: number;
}

/** @throws INVALID_CONFIG */
export function settingsOf(options: FeatureDriftOptions): FeatureDriftSettings {
  const { alpha = 0.05, referenceRows = 1024, reference = 'frozen', seed = 1 } = options;
  if (!(alpha > 0 && alpha < 1)) throw invalid(`alpha ${alpha} is not between 0 and 1`);
  if (!(Number.isInteger(referenceRows) && referenceRows >= LEAST_REFERENCE)) {
    throw invalid(`a reference of ${referenceRows} rows is less than ${LEAST_REFERENCE}`);
  }
  const pilotRows = Math.min(MOST_PILOT, Math.floor(referenceRows / 4));
  return { alpha, referenceRows, pilotRows, keepsReference: reference === 'frozen', seed };
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
