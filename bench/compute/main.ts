import '../../scripts/lib/node-20.mjs';
import { inBoth } from '../sections/environment.ts';
import { runSections } from '../sections/run-sections.ts';
import { sections } from './all.ts';

const code = await runSections(
  {
    name: 'bench:compute',
    about: 'Measures what trains and predicts, beside others that do the same, in Node and in headless Chromium.',
    sections,
    resultsFile: 'bench/results/compute.json',
    page: 'bench/README.md',
    marker: 'compute',
    environment: inBoth,
  },
  process.argv.slice(2),
);
// Dawn, where it was asked for a GPU, would keep the process alive.
process.exit(code);
