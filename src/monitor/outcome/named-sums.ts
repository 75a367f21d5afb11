import { plainSums, type SumLayout } from './sum-window.ts';

/** Plain sums that have names. */
export interface NamedSums<Name extends string> extends SumLayout {
  zeros(): Record<Name, number>;
  record(values: Readonly<Record<Name, number>>): number[];
  read(sums: Float64Array): Record<Name, number>;
}

/** The numbers of a layout by name. */
export type Named<Layout> = Layout extends NamedSums<infer Name> ? Record<Name, number> : never;

export function namedSums<const Name extends string>(names: readonly Name[]): NamedSums<Name> {
  const byName = (of: (index: number) => number): Record<Name, number> =>
    Object.fromEntries(names.map((name, index) => [name, of(index)])) as Record<Name, number>;
  return {
    ...plainSums(names.length),
    zeros: () => byName(() => 0),
    record: (values) => names.map((name) => values[name]),
    read: (sums) => byName((index) => sums[index]!),
  };
}
