import * as v from 'valibot';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
/** Parsed as features of the task where they are used. */
const given = v.record(v.string(), v.unknown());
const finite = v.pipe(v.number(), v.finite());

/** What the page demands of every version, whatever was learned: for a classification, a ranking, a regression. */
const assertion = v.union([
  v.strictObject({ name, input: given, label: v.string() }),
  v.strictObject({ name, context: v.optional(given, {}), better: given, worse: given }),
  v.strictObject({ name, input: given, atLeast: v.optional(finite, -Infinity), atMost: v.optional(finite, Infinity) }),
]);
export const assertions = v.pipe(v.array(assertion), v.maxLength(50), v.readonly());
export type ParsedAssertion = v.InferOutput<typeof assertion>;
