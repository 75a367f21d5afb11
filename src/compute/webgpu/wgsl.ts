/** A loop that takes `unroll` steps at a time, and then the rest one by one. */
export function unrolled(unroll: number, counter: string, end: string, steps: (count: number) => string): string {
  const rest = `for (; ${counter} < ${end}; ${counter}++) { ${steps(1)} }`;
  if (unroll === 1) return rest;
  return `for (; ${counter} + ${unroll} <= ${end}; ${counter} += ${unroll}) { ${steps(unroll)} } ${rest}`;
}

/** WGSL for each of `count` things. */
export function list(count: number, write: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => write(i)).join(' ');
}

/** WGSL for each of a thread's results. */
export function each(rows: number, columns: number, write: (r: number, c: number) => string): string {
  return list(rows, (r) => list(columns, (c) => write(r, c)));
}
