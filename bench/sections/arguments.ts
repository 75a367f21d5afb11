import { parseArgs } from 'node:util';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import type { FigureSection } from './section.ts';

const options = {
  only: { type: 'string' },
  dry: { type: 'boolean' },
  table: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws INVALID_CONFIG for options that there are not */
export function parseSectionArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (caught) {
    throw new TendrilError('INVALID_CONFIG', { reason: reasonOf(caught) });
  }
}

/** @param only keys with commas between; all where absent @throws INVALID_CONFIG for a key that is none */
export function selectedSections(
  sections: readonly FigureSection[],
  only: string | undefined,
): readonly FigureSection[] {
  if (only === undefined) return sections;
  return only.split(',').map((key) => {
    const section = sections.find((one) => one.key === key.trim());
    if (!section) throw new TendrilError('INVALID_CONFIG', { reason: `there is no section "${key}"` });
    return section;
  });
}
