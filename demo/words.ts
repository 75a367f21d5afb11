/** Numbers and times as a visitor reads them. */

/** With a space that does not break. @param share in [0, 1] */
export function percent(share: number): string {
  const exact = share * 100;
  if (exact > 0 && exact < 0.1) return 'under 0.1\u00a0%';
  return `${exact < 10 ? Number(exact.toFixed(1)) : Math.round(exact)}\u00a0%`;
}

export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 note`, `2 notes`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

export function time(atMs: number, now: Date): string {
  const date = new Date(atMs);
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === now.toDateString()) return `today, ${clock}`;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })}, ${clock}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

export function startOfDay(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}
