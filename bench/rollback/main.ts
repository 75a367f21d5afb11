import '../../scripts/lib/node-20.mjs';
import { inNode } from '../sections/environment.ts';
import { runSections } from '../sections/run-sections.ts';
import { sections } from './all.ts';

process.exitCode = await runSections(
  {
    name: 'bench:rollback',
    about: 'Measures what stops a model that got worse, and what it takes to go back.',
    sections,
    resultsFile: 'bench/results/rollback.json',
    page: 'bench/README.md',
    marker: 'rollback',
    environment: inNode,
  },
  process.argv.slice(2),
);
