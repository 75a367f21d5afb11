import { readFile } from 'node:fs/promises';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { asTendrilError, reasonOf } from '../../src/errors.ts';
import { machineName, sourceCommit } from '../learning/harness/machine.ts';
import { writeFormatted } from '../learning/results.ts';
import { replaceMarkedSection } from '../replay/marked-section.ts';
import { parseSectionArguments, selectedSections } from './arguments.ts';
import type { Environment } from './environment.ts';
import { readSectionResults, writeSectionResults, type SectionResult } from './results.ts';
import type { FigureSection } from './section.ts';
import { sectionsMarkdown, verdict } from './table.ts';

/** A command whose sections each measure figures. */
export interface SectionCommand {
  /** As in `npm run name`. */
  readonly name: string;
  /** What it measures, in a sentence, for `--help`. */
  readonly about: string;
  readonly sections: readonly FigureSection[];
  /** Paths from the root of the repository: results as JSON, and the page whose place `<!-- marker:start -->` … gets the tables. */
  readonly resultsFile: string;
  readonly page: string;
  readonly marker: string;
  readonly environment: () => Promise<Environment>;
}

/**
 * Runs the sections that `argv` selects, one after another, and writes each one's results as soon as it has them. One that fails keeps the
 * results that it had, and the others run.
 * @returns the exit code; never throws
 */
export async function runSections(command: SectionCommand, argv: readonly string[]): Promise<number> {
  try {
    return await run(command, argv);
  } catch (caught) {
    const { code, message } = asTendrilError(caught);
    console.error(`${code}: ${message}`);
    return code === 'INVALID_CONFIG' ? 2 : 1;
  }
}

async function run(command: SectionCommand, argv: readonly string[]): Promise<number> {
  const { only, dry = false, table, help } = parseSectionArguments(argv);
  if (help) {
    console.log(usage(command));
    return 0;
  }
  // Looked at first: the benchmarks take long.
  await pageWith(command, '');
  const chosen = table ? [] : selectedSections(command.sections, only);
  const failed = await measureAll(command, chosen, dry);
  if (dry) return failed ? 1 : 0;
  const results = await readSectionResults(command.resultsFile);
  await writeFormatted(command.page, await pageWith(command, sectionsMarkdown(command.sections, results)));
  return failed ? 1 : 0;
}

/** Whether one of them failed. @param dry whether results are only shown */
async function measureAll(command: SectionCommand, sections: readonly FigureSection[], dry: boolean): Promise<boolean> {
  let failed = false;
  for (const section of sections) {
    try {
      const reason = await section.unmeasurable?.();
      if (reason != null) {
        console.error(`${section.title}: not measured, ${reason}`);
        continue;
      }
      const environment = section.environment ?? command.environment;
      const result = await measured(section, await environment());
      if (dry) continue;
      // Read anew: another run may have written its sections in the meantime.
      const results = await readSectionResults(command.resultsFile);
      await writeSectionResults(command.resultsFile, { ...results, [section.key]: result });
    } catch (caught) {
      console.error(`${section.title}: ${reasonOf(caught)}`);
      failed = true;
    }
  }
  return failed;
}

async function measured(section: FigureSection, environment: Environment): Promise<SectionResult> {
  const { title, protocol, measure } = section;
  console.error(title);
  const figures = await measure();
  for (const { note = '', ...figure } of figures)
    console.error(`  ${figure.what}: ${figure.value} ${figure.unit} ${verdict(figure)} ${note}`.trimEnd());
  return { title, protocol, machine: machineName(), ...environment, commit: sourceCommit(), figures: [...figures] };
}

/** @throws INVALID_DATA where the page has no place for it */
async function pageWith({ page, marker }: SectionCommand, markdown: string): Promise<string> {
  return replaceMarkedSection(await readFile(fromRoot(page), 'utf8'), marker, markdown);
}

function usage({ name, about, sections, resultsFile, page }: SectionCommand): string {
  return `Usage: npm run ${name} [-- options]

${about} Writes ${resultsFile} and the tables in ${page}.

  --only KEY,KEY   these sections; results of the others stay as they are
  --dry            shows what it measures and writes nothing
  --table          runs nothing: writes the tables anew, from the results that are there
  --help           this text

Sections: ${sections.map(({ key }) => key).join(', ')}.
Exit code: 0 done (goals missed included), 1 a run failed, 2 wrong usage.`;
}
