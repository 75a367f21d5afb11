import { AnalyticClassifier } from './analytic/analytic-classifier.ts';
import { analyticFeatureCount } from './analytic/feature-count.ts';
import { GatedClassifier } from './concepts/gated-classifier.ts';
import {
  defaultClassifierMembers,
  type ClassifierMember,
  type DefaultMembersOptions,
} from './members/default-members.ts';
import type { ContextAware } from './online-model.ts';
import type { RowShape } from './row.ts';
import type { TaskShape } from './task-shape.ts';
import { textClassifierMembers } from './text/text-members.ts';

/** These hold inputs or labels one by one: a window of neighbours, extents of leaves with one example, the last labels. */
const KEEPING_EXAMPLES = /neighbours|Mondrian|in context/;

export interface EnsembleMember extends ClassifierMember {
  /** It must not leave the device. */
  readonly keepsExamples: boolean;
  /** Where it says that an input is of a context that is not recent, it answers alone. */
  readonly context?: ContextAware;
}

/**
 * The members of a classification task's ensemble, chosen by what its inputs are made of. Vectors (images, sentence embeddings) get an analytic model, gated by
 * context; texts get models of hashed tokens; everything else gets the small models of different kinds.
 * @param classCount as known now; `growClasses` makes room for more
 */
export function classifierMembers(
  kind: TaskShape,
  shape: RowShape,
  classCount: number,
  seed: number,
  options?: DefaultMembersOptions,
): EnsembleMember[] {
  return [...membersOf(kind, shape, classCount, seed, options)].map((member) => ({
    ...member,
    keepsExamples: KEEPING_EXAMPLES.test(member.name),
  }));
}

function membersOf(
  kind: TaskShape,
  shape: RowShape,
  classCount: number,
  seed: number,
  options?: DefaultMembersOptions,
): readonly Omit<EnsembleMember, 'keepsExamples'>[] {
  const text = kind.hasText ? remembering(textClassifierMembers(shape, classCount, seed)) : [];
  if (kind.isVector) return [gated(shape, classCount, seed), ...text];
  // Trees, kernels and neighbours have nothing to read in a text.
  if (kind.isText) return text;
  return [...defaultClassifierMembers(shape, classCount, seed, options), ...text];
}

/** Sums of each class on its own forget nothing. */
function remembering(members: readonly ClassifierMember[]): ClassifierMember[] {
  return members.map((member) => ({ ...member, remembers: member.name === 'text nearest centroid' }));
}

function gated(shape: RowShape, classes: number, seed: number): Omit<EnsembleMember, 'keepsExamples'> {
  const featureCount = analyticFeatureCount(shape);
  const shared = new AnalyticClassifier({ shape, classes, seed, featureCount });
  const model = new GatedClassifier({ shape, classes, shared });
  return { name: 'gated analytic', model, remembers: true, context: model };
}
