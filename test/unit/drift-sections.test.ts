import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { parseSectionArguments, selectedSections } from '../../bench/sections/arguments.ts';
import { parseSectionResults } from '../../bench/sections/results.ts';
import { runSections } from '../../bench/sections/run-sections.ts';
import type { Figure, FigureSection } from '../../bench/sections/section.ts';
import { sectionsMarkdown } from '../../bench/sections/table.ts';
import { expectCode } from '../support/expect-code.ts';

const section = (key: string): FigureSection => ({
  key,
  title: `Title of ${key}`,
  protocol: 'How.',
  measure: () => Promise.resolve([]),
});
const sections = [section('first'), section('second')];

const figures: Figure[] = [
  { what: 'fast', value: 3, unit: 'ms', goal: { atMost: 3 } },
  { what: 'slow', value: 3.14159, unit: 'ms', goal: { atMost: 3 }, note: 'why' },
  { what: 'many', value: 12_345, unit: 'rows', goal: { atLeast: 12_346 } },
  { what: 'shown', value: 0.00123, unit: 's' },
];
const result = { title: 'Title of first', protocol: 'How.', machine: 'a machine', commit: 'abc', figures };

describe('the table of sections', () => {
  it('holds figures against their goals, and says what was not measured', () => {
    const lines = sectionsMarkdown(sections, { first: { ...result, node: 'v20.0.0' } }).split('\n');
    expect(lines.filter((line) => line.startsWith('| ')).slice(1)).toEqual([
      '| --- | ---: | ---: | ---: | --- |',
      '| fast | 3 ms | ≤ 3 ms | reached |  |',
      '| slow | 3.14 ms | ≤ 3 ms | **missed** | why |',
      '| many | 12,345 rows | ≥ 12,346 rows | **missed** |  |',
      '| shown | 0.00123 s | – |  |  |',
    ]);
    expect(lines).toContain('Node v20.0.0 on a machine, commit abc.');
    expect(lines.slice(-3)).toEqual(['### Title of second', '', 'Not measured yet.']);
  });

  it('says what it ran in, in a browser, in Node or in both', () => {
    const lastLine = (ran: { browser?: string; node?: string }) =>
      sectionsMarkdown([section('first')], { first: { ...result, ...ran } })
        .split('\n')
        .at(-1);
    expect(lastLine({ browser: 'Chromium 1' })).toBe('Chromium 1 on a machine, commit abc.');
    expect(lastLine({ browser: 'Chromium 1', node: 'v20.0.0' })).toBe(
      'Chromium 1 and Node v20.0.0 on a machine, commit abc.',
    );
  });
});

describe('results of sections', () => {
  it('are read from JSON, those in a browser too', () => {
    const written = { first: { ...result, browser: 'Chromium 1' }, second: { ...result, node: 'v20.0.0' } };
    expect(parseSectionResults(JSON.stringify(written), 'x.json')).toEqual(written);
  });

  it('of the memory benchmarks are such results', async () => {
    const file = 'bench/results/memory.json';
    const read = parseSectionResults(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'), file);
    expect(Object.keys(read)).toContain('storage');
  });

  it.each(['', '3', '{"first": {}}', JSON.stringify({ first: { ...result, figures: [{ what: 'x', value: null }] } })])(
    'are refused where they are damaged: %s',
    async (text) => {
      await expectCode(() => parseSectionResults(text, 'x.json'), 'INVALID_DATA');
    },
  );
});

describe('a dry run', () => {
  const command = {
    name: 'bench:x',
    about: 'Measures.',
    resultsFile: 'bench/results/no-such-file.json',
    page: 'bench/README.md',
    marker: 'compute',
    environment: () => Promise.resolve({ node: 'v20.0.0' }),
  };

  it('writes nothing, asks each section for its own environment, and leaves out what cannot be measured', async () => {
    const said: unknown[] = [];
    const spy = vi.spyOn(console, 'error').mockImplementation((line) => said.push(line));
    const asked: string[] = [];
    const all: FigureSection[] = [
      { ...section('first'), measure: () => Promise.resolve(figures.slice(0, 2)) },
      {
        ...section('second'),
        environment: () => {
          asked.push('second');
          return Promise.resolve({ browser: 'Chromium 1' });
        },
      },
      {
        ...section('third'),
        unmeasurable: () => Promise.resolve('there is no GPU'),
        measure: () => Promise.reject(new Error('measured nevertheless')),
      },
    ];
    const page = await readFile(new URL('../../bench/README.md', import.meta.url), 'utf8');
    expect(await runSections({ ...command, sections: all }, ['--dry'])).toBe(0);
    spy.mockRestore();
    expect(said).toEqual([
      'Title of first',
      '  fast: 3 ms reached',
      '  slow: 3.14159 ms **missed** why',
      'Title of second',
      'Title of third: not measured, there is no GPU',
    ]);
    expect(asked).toEqual(['second']);
    expect(existsSync(new URL('../../bench/results/no-such-file.json', import.meta.url))).toBe(false);
    expect(await readFile(new URL('../../bench/README.md', import.meta.url), 'utf8')).toBe(page);
  });
});

describe('arguments', () => {
  it('select sections by key, in the order given', async () => {
    expect(selectedSections(sections, undefined)).toEqual(sections);
    expect(selectedSections(sections, 'second, first').map(({ key }) => key)).toEqual(['second', 'first']);
    await expectCode(() => selectedSections(sections, 'third'), 'INVALID_CONFIG');
  });

  it('that there are not are refused', async () => {
    expect(parseSectionArguments(['--only', 'first', '--table'])).toEqual({ only: 'first', table: true });
    await expectCode(() => parseSectionArguments(['--fast']), 'INVALID_CONFIG');
  });
});
