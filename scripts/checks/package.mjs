import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { fromRoot, readJson } from '../lib/paths.mjs';
import { findingOf } from './check.mjs';

/**
 * The published package: what package.json says of it is true of the built files.
 * @type {import('./check.mjs').Check}
 */
export const publishedPackage = {
  name: 'package',
  async run() {
    const manifest = /** @type {Record<string, unknown>} */ (readJson('package.json'));
    const { messages } = await publint({ pkgDir: fromRoot('.'), pack: 'npm', strict: true });
    const real = messages.filter(({ type }) => type !== 'suggestion');
    return findingOf(real.map((message) => formatMessage(message, manifest, { color: false }) ?? message.code));
  },
};
