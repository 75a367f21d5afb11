import { markdownTable } from '../learning/harness/format.ts';
import type { SectionResult, SectionResults } from './results.ts';
import type { Figure, FigureSection } from './section.ts';

/** All sections, as Markdown, in the order of `sections`. */
export function sectionsMarkdown(sections: readonly FigureSection[], results: SectionResults): string {
  const parts = sections.map(({ key, title }) => {
    const result = results[key];
    return result ? sectionMarkdown(result) : `### ${title}\n\nNot measured yet.`;
  });
  return parts.join('\n\n');
}

function sectionMarkdown(result: SectionResult): string {
  const { title, protocol, machine, commit, figures } = result;
  const rows = figures.map((figure) => [
    figure.what,
    `${figureText(figure.value)} ${figure.unit}`,
    goalText(figure),
    verdict(figure),
    figure.note ?? '',
  ]);
  const table = markdownTable(['what', 'measured', 'goal', 'verdict', 'note'], rows);
  return [`### ${title}`, protocol, table, `${ranIn(result)} on ${machine}, commit ${commit}.`].join('\n\n');
}

function ranIn({ browser, node }: SectionResult): string {
  const inNode = `Node ${node ?? 'of unknown version'}`;
  if (browser === undefined) return inNode;
  return node === undefined ? browser : `${browser} and ${inNode}`;
}

function goalText({ goal, unit }: Figure): string {
  if (!goal) return '–';
  return 'atMost' in goal ? `≤ ${figureText(goal.atMost)} ${unit}` : `≥ ${figureText(goal.atLeast)} ${unit}`;
}

/** Whether a figure reaches its goal; empty where it has none. */
export function verdict({ goal, value }: Figure): string {
  if (!goal) return '';
  const reached = 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
  return reached ? 'reached' : '**missed**';
}

/** Three digits that say something, and all those of a whole number. */
function figureText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-GB');
  return value.toPrecision(3);
}
