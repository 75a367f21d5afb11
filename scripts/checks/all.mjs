import { dependencyDocs, errorDocs } from './docs.mjs';
import { exportedNames } from './exports.mjs';
import { hygiene } from './hygiene.mjs';
import { publishedPackage } from './package.mjs';
import { sizes } from './sizes.mjs';
import { build, format, imports, lint, types } from './tools.mjs';

/**
 * In the order in which they run: `build` makes what the three after it look at.
 * @type {readonly import('./check.mjs').Check[]}
 */
export const checks = [
  format,
  lint,
  types,
  imports,
  build,
  exportedNames,
  publishedPackage,
  sizes,
  errorDocs,
  dependencyDocs,
  hygiene,
];
