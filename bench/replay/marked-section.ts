import { TendrilError } from '../../src/errors.ts';

/** Puts `content` between `<!-- name:start -->` and `<!-- name:end -->`. @throws INVALID_DATA where `text` has no such place */
export function replaceMarkedSection(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new TendrilError('INVALID_DATA', { reason: `the text has no ${start} … ${end}` });
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
