import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import type { PageHints } from '../protocol/messages.ts';

const pageHints = v.object({
  battery: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  charging: v.nullable(v.boolean()),
  hidden: v.boolean(),
});

/** @throws INVALID_DATA */
export function parsePageHints(given: unknown): PageHints {
  const result = v.safeParse(pageHints, given);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_DATA', { reason: `what the page says of the device: ${v.summarize(result.issues)}` });
}
