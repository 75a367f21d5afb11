import type { Candidate, Features, TaskDeclaration } from 'tendril';

/** One thing to decide, made up from templates, and what a careful reviewer would say of it. */
export type ExampleCase =
  | { readonly kind: 'classification'; readonly input: Features; readonly truth: string }
  | {
      readonly kind: 'ranking';
      readonly context: Features;
      /** In the page's own order. */
      readonly candidates: readonly Candidate[];
      /** What each candidate is worth, in [0, 1]; one of them alone is 1 where the reviewer only says which is best. */
      readonly worth: Readonly<Record<string, number>>;
    };

export interface Example {
  readonly id: string;
  readonly title: string;
  /** One sentence for the page. */
  readonly lead: string;
  readonly task: TaskDeclaration;
  /** What a reviewer can give a candidate, the worst first; empty where there is a best one only. */
  readonly grades: readonly string[];
  /** The same number gives the same case. */
  caseAt(index: number): ExampleCase;
}

/** Whether the answer was the right one: the class, or a first candidate that no other is better than. */
export function isRight(given: ExampleCase, answer: string | null): boolean {
  if (given.kind === 'classification') return answer === given.truth;
  return answer !== null && given.worth[answer] === Math.max(...Object.values(given.worth));
}
