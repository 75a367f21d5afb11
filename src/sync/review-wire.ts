import * as v from 'valibot';
import { registryName } from './wire.ts';

/** What device and registry say to each other about reviews by people elsewhere. Paths are under `apiPath`. */

/** Ids are random and are all that a device needs to know to ask for a verdict. */
export const reviewId = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const reviewPath = (taskId: string, id: string): readonly string[] => ['reviews', taskId, id];
export const verdictsPath = (taskId: string): readonly string[] => ['reviews', taskId, 'verdicts'];
/** Reviews asked for in one request. */
export const maxAsked = 100;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const list = <T extends v.GenericSchema>(entry: T) => v.pipe(v.array(entry), v.readonly());
const featureValue = v.union([v.number(), v.string(), v.boolean(), v.null(), list(v.string()), list(v.number())]);
const features = v.pipe(v.record(v.string(), featureValue), v.readonly());

/** Body of the `PUT` that hands a review to people elsewhere: with the raw input, which is why a visitor has to agree to it. */
export const reviewCase = v.object({
  reviewId,
  taskId: registryName,
  openedAtMs: v.number(),
  why: v.picklist(['regulated', 'confidence', 'spot-check']),
  confidence: share,
  input: features,
  candidates: list(v.object({ id: v.string(), features })),
  classes: list(v.string()),
  proposal: v.variant('kind', [
    v.object({ kind: v.literal('classification'), label: v.nullable(v.string()), probability: v.number() }),
    v.object({ kind: v.literal('ranking'), order: list(v.object({ item: v.string(), score: v.number() })) }),
    // JSON has no infinity: null is a bound that there is not.
    v.object({
      kind: v.literal('regression'),
      value: v.number(),
      lower: v.nullable(v.number()),
      upper: v.nullable(v.number()),
    }),
  ]),
});
export type ReviewCase = v.InferOutput<typeof reviewCase>;

/** Body of the `POST` that asks for verdicts. */
export const verdictRequest = v.object({ reviewIds: v.pipe(v.array(reviewId), v.maxLength(maxAsked)) });

/** What somebody elsewhere has said of a review; the device parses it as it parses what is said on it. */
export const reviewVerdict = v.object({
  reviewId,
  verdict: v.picklist(['accept', 'correct', 'reject']),
  reviewer: v.string(),
  reason: v.exactOptional(v.string()),
  label: v.exactOptional(v.string()),
  item: v.exactOptional(v.string()),
  grades: v.exactOptional(v.record(v.string(), v.number())),
  value: v.exactOptional(v.number()),
  text: v.exactOptional(v.string()),
});
export type ReviewVerdict = v.InferOutput<typeof reviewVerdict>;

export const verdictList = v.object({ verdicts: v.pipe(v.array(reviewVerdict), v.maxLength(maxAsked)) });
