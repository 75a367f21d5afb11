import '../../scripts/lib/node-20.mjs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { asTendrilError, reasonOf, TendrilError } from '../../src/errors.ts';
import { machineName, sourceCommit } from '../learning/harness/machine.ts';
import { writeFormatted } from '../learning/results.ts';
import { chromiumPath } from '../replay/chromium-path.ts';
import { replaceMarkedSection } from '../replay/marked-section.ts';
import { sections } from './all.ts';
import { readMemoryResults, writeMemoryResults, type MemoryResults } from './results.ts';
import type { MemorySection } from './section.ts';
import { memoryMarkdown, verdict } from './table.ts';

const PAGE = 'bench/README.md';

const usage = `Usage: npm run bench:memory [-- options]

Measures the memory (storage, consolidation and what they cost the page) in headless Chromium, and writes bench/results/memory.json and the tables in
bench/README.md.

  --only KEY,KEY   these sections; results of the others stay as they are
  --table          runs nothing: writes the tables anew, from the results that are there
  --help           this text

Sections: ${sections.map(({ key }) => key).join(', ')}.
Exit code: 0 done (goals missed included), 1 a run failed, 2 wrong usage.`;

/** Runs the command line in `argv` and resolves with its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { only, table, help } = parse(argv);
  if (help) {
    console.log(usage);
    return 0;
  }
  // Looked at first: the benchmarks take long.
  await pageWith('');
  let results = await readMemoryResults();
  let failed = false;
  for (const section of table ? [] : selected(only)) {
    try {
      results = { ...results, [section.key]: await measured(section) };
      await writeMemoryResults(results);
    } catch (caught) {
      console.error(`${section.title}: ${reasonOf(caught)}`);
      failed = true;
    }
  }
  await writeFormatted(PAGE, await pageWith(memoryMarkdown(sections, results)));
  return failed ? 1 : 0;
}

async function measured({ title, protocol, measure }: MemorySection): Promise<MemoryResults[string]> {
  console.error(title);
  const figures = await measure();
  for (const figure of figures) console.error(`  ${figure.what}: ${figure.value} ${figure.unit} ${verdict(figure)}`);
  return {
    title,
    protocol,
    machine: machineName(),
    browser: await browserName(),
    commit: sourceCommit(),
    figures: [...figures],
  };
}

async function browserName(): Promise<string> {
  const browser = await chromium.launch({ executablePath: await chromiumPath() });
  const name = `Chromium ${browser.version()}`;
  await browser.close();
  return name;
}

function parse(argv: readonly string[]) {
  try {
    const options = { only: { type: 'string' }, table: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (caught) {
    throw new TendrilError('INVALID_CONFIG', { reason: reasonOf(caught) });
  }
}

/** @throws INVALID_CONFIG for a key that is none */
function selected(only: string | undefined): readonly MemorySection[] {
  if (only === undefined) return sections;
  return only.split(',').map((key) => {
    const section = sections.find((one) => one.key === key.trim());
    if (!section) throw new TendrilError('INVALID_CONFIG', { reason: `there is no section "${key}"` });
    return section;
  });
}

/** @throws INVALID_DATA where the page has no place for it */
async function pageWith(markdown: string): Promise<string> {
  return replaceMarkedSection(await readFile(fromRoot(PAGE), 'utf8'), 'memory', markdown);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (caught) {
  const { code, message } = asTendrilError(caught);
  console.error(`${code}: ${message}`);
  process.exitCode = code === 'INVALID_CONFIG' ? 2 : 1;
}
