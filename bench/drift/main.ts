import '../../scripts/lib/node-20.mjs';
import { inNode } from '../sections/environment.ts';
import { runSections } from '../sections/run-sections.ts';
import { sections } from './all.ts';

process.exitCode = await runSections(
  {
    name: 'bench:drift',
    about: 'Measures how soon changes are noticed, and how often one is reported where there is none.',
    sections,
    resultsFile: 'bench/results/drift.json',
    page: 'bench/README.md',
    marker: 'drift',
    environment: inNode,
  },
  process.argv.slice(2),
);
