import '../../scripts/lib/node-20.mjs';
import { inChromium } from '../sections/environment.ts';
import { runSections } from '../sections/run-sections.ts';
import { sections } from './all.ts';

process.exitCode = await runSections(
  {
    name: 'bench:memory',
    about: 'Measures the memory (storage, consolidation and what they cost the page) in headless Chromium.',
    sections,
    resultsFile: 'bench/results/memory.json',
    page: 'bench/README.md',
    marker: 'memory',
    environment: inChromium,
  },
  process.argv.slice(2),
);
