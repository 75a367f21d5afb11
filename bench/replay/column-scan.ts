import { TendrilError } from '../../src/errors.ts';

export type ColumnType = 'numeric' | 'categorical' | 'text';

const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notFinite = /^[+-]?(nan|inf|infinity)$/i;

interface Place {
  readonly cell: string;
  readonly line: number;
}

/**
 * Finds the type of one column from its cells. A column that has a value which is no number is categorical. The spellings of NaN and
 * infinity name no category: among numbers they are a mistake in the data, not a reason to treat all numbers as names.
 */
export class ColumnScan {
  readonly name: string;
  readonly #declared: ColumnType | null;
  #firstWord: Place | null = null;
  #firstNotFinite: Place | null = null;

  /** @param declared the type that the user gave, or `null` to find it */
  constructor(name: string, declared: ColumnType | null) {
    this.name = name;
    this.#declared = declared;
  }

  update(cell: string, line: number): void {
    const value = cell.trim();
    if (value === '') return;
    if (decimalNumber.test(value) && Number.isFinite(Number(value))) return;
    if (notFinite.test(value) || decimalNumber.test(value)) this.#firstNotFinite ??= { cell: value, line };
    else this.#firstWord ??= { cell: value, line };
  }

  /** @throws INVALID_DATA where a numeric column has a value that is no finite number */
  type(): ColumnType {
    if (this.#declared !== null && this.#declared !== 'numeric') return this.#declared;
    if (this.#declared === null && this.#firstWord) return 'categorical';
    const wrong = this.#firstNotFinite ?? this.#firstWord;
    if (!wrong) return 'numeric';
    const where = `line ${String(wrong.line)}, column "${this.name}"`;
    throw new TendrilError('INVALID_DATA', {
      reason: `${where}: "${wrong.cell}" is not a finite number (leave a missing value empty)`,
    });
  }
}
