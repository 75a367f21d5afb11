import type { Spread } from '../aggregate.ts';

const units: Readonly<Record<string, string>> = { Us: 'µs', Ms: 'ms', Bytes: 'bytes', Mb: 'MB' };

/** `kappaTemporal` as `kappa temporal`, `predictUs` as `predict µs`; a name with spaces is a label already. */
export function metricLabel(name: string): string {
  if (name.includes(' ')) return name;
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)?|[^A-Za-z\d\s]+/g) ?? [name];
  return words
    .map((word, index) => {
      const unit = index === words.length - 1 ? units[word] : undefined;
      return unit ?? (/^[A-Z][a-z]/.test(word) ? word.toLowerCase() : word);
    })
    .join(' ');
}

/** As many digits as say something: a share in four decimals, microseconds in one. */
export function figure(value: number, metric: string): string {
  return metric.endsWith('Bytes') ? grouped(value) : value.toFixed(digitsOf(value, metric));
}

function digitsOf(value: number, metric: string): number {
  if (metric.endsWith('Us')) return 1;
  if (metric.endsWith('%')) return 2;
  const size = Math.abs(value);
  if (size >= 1000) return 0;
  return size >= 10 ? 2 : 4;
}

/** Mean ± standard deviation, both in the digits of the mean. */
export function spreadText({ mean, standardDeviation }: Spread, metric: string): string {
  const text = figure(mean, metric);
  if (standardDeviation === null) return text;
  if (metric.endsWith('Bytes')) return `${text} ± ${grouped(standardDeviation)}`;
  return `${text} ± ${standardDeviation.toFixed(digitsOf(mean, metric))}`;
}

/** `1,234,567` */
export function grouped(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Words in the first and the last column, figures in those between. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const alignment = header.map((_, index) => (index === 0 || index === header.length - 1 ? '---' : '---:'));
  return [line(header), line(alignment), ...rows.map(line)].join('\n');
}
