import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { asTendrilError } from '../../src/errors.ts';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { type StreamResults, runStream } from './benchmark-run.ts';
import { benchmarkStreams, dataFolder } from './benchmark-streams.ts';
import { benchmarkMarkdown } from './benchmark-table.ts';
import { replaceMarkedSection } from './marked-section.ts';
import { readPublished } from './published.ts';

/**
 * `npm run bench:replay`: replays River's public streams in Chromium and writes bench/results/replay.json and the table in README.md.
 * `--dry-run` prints the table instead; `--runtime node` and `--only elec2,phishing` are for quick looks and imply it.
 */
const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'chromium' },
    only: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const runtime = values.runtime === 'node' ? 'node' : 'chromium';
  const wanted = values.only?.split(',');
  const dryRun = values['dry-run'] || wanted !== undefined || runtime === 'node';
  // Looked at first: the streams take minutes.
  if (!dryRun) await readmeWith('');
  const results: StreamResults[] = [];
  let host = '';
  for (const stream of benchmarkStreams.filter(({ key }) => wanted?.includes(key) ?? true)) {
    const ran = await runStream(stream, { runtime, backend: null });
    if (!ran) {
      console.error(`${stream.title}: skipped, there is no ${stream.file} in ${dataFolder} (set TENDRIL_DATA)`);
      continue;
    }
    host = ran.host;
    results.push(ran.results);
    console.error(`${stream.title}: ${ran.results.runs.map(({ accuracy }) => accuracy.toFixed(4)).join(' ')}`);
  }
  if (results.length === 0) return;
  const machine = `${host} (${String(availableParallelism())} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'})`;
  const markdown = benchmarkMarkdown({ machine, results }, await readPublished());
  if (dryRun) {
    console.log(markdown);
    return;
  }
  await mkdir(fromRoot('bench/results'), { recursive: true });
  await writeFormatted('bench/results/replay.json', JSON.stringify({ machine, results }));
  await writeFormatted('README.md', await readmeWith(markdown));
}

/** @throws INVALID_DATA where the README has no place for it */
async function readmeWith(markdown: string): Promise<string> {
  return replaceMarkedSection(await readFile(fromRoot('README.md'), 'utf8'), 'replay', markdown);
}

/** As `npm run format` would leave it. */
async function writeFormatted(name: string, text: string): Promise<void> {
  const filepath = fromRoot(name);
  await writeFile(filepath, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}

try {
  await main();
} catch (caught) {
  const { code, message } = asTendrilError(caught);
  console.error(`${code}: ${message}`);
  process.exitCode = 1;
}
