/**
 * `npm run build [-- --only lib,server] [-- --without-types]`: everything that is served or published, into dist/.
 * A missing entry fails the build.
 */
import { parseArgs } from 'node:util';
import { buildSteps } from './lib/build-steps.mjs';
import { ensureKernels } from './lib/kernels.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' }, 'without-types': { type: 'boolean' } } });
const all = Object.keys(buildSteps).filter((name) => !(values['without-types'] && name === 'types'));
const wanted = values.only?.split(',') ?? all;
const unknown = wanted.filter((name) => !(name in buildSteps));
if (unknown.length > 0) {
  console.error(`No such build: ${unknown.join(', ')}. There are ${Object.keys(buildSteps).join(', ')}.`);
  process.exit(2);
}

/**
 * The kernels come first: what others bundle has them in it.
 * @type {typeof buildSteps}
 */
const steps = { kernels: ensureKernels, ...buildSteps };
for (const name of ['kernels', ...wanted]) {
  const startMs = performance.now();
  try {
    await steps[name]?.();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(`build ${name} FAILED`);
    process.exit(1);
  }
  console.log(`build ${name.padEnd(16)} ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
