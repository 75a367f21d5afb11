import * as v from 'valibot';
import { TendrilError } from '../errors.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const time = v.pipe(v.number(), v.finite());
const request = v.strictObject({
  taskId: text,
  item: v.exactOptional(text),
  fromMs: v.exactOptional(time),
  toMs: v.exactOptional(time),
  signalType: v.exactOptional(text),
});
export type ParsedForgetRequest = v.InferOutput<typeof request>;

/** @throws INVALID_DATA */
export function parseForgetRequest(given: unknown): ParsedForgetRequest {
  const result = v.safeParse(request, given);
  if (result.success && Object.keys(result.output).length > 1) return result.output;
  const reason = result.success ? 'nothing is named that is to be forgotten' : v.summarize(result.issues);
  throw new TendrilError('INVALID_DATA', { reason });
}
