import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
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
  if (values['dry-run'] || wanted || runtime === 'node') {
    console.log(markdown);
    return;
  }
  await store({ machine, results }, markdown);
}

async function store(
  benchmark: { machine: string; results: readonly StreamResults[] },
  markdown: string,
): Promise<void> {
  await mkdir(fromRoot('bench/results'), { recursive: true });
  await writeFile(fromRoot('bench/results/replay.json'), `${JSON.stringify(benchmark, null, 2)}\n`);
  const readme = fromRoot('README.md');
  await writeFile(readme, replaceMarkedSection(await readFile(readme, 'utf8'), 'replay', markdown));
}

try {
  await main();
} catch (caught) {
  const { code, message } = asTendrilError(caught);
  console.error(`${code}: ${message}`);
  process.exitCode = 1;
}
