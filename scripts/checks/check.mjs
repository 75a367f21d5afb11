/**
 * What one check found.
 * @typedef {object} Finding
 * @property {boolean} ok
 * @property {string} [details] shown when the check failed
 * @property {string} [note] shown in any case
 */

/** @typedef {{ name: string, run: () => Promise<Finding> }} Check */

/**
 * @param {readonly string[]} problems
 * @returns {Finding}
 */
export const findingOf = (problems) => ({ ok: problems.length === 0, details: problems.join('\n') });

/**
 * The names that only one of two lists has.
 * @param {Iterable<string>} left
 * @param {Iterable<string>} right
 */
export function difference(left, right) {
  const [leftSet, rightSet] = [new Set(left), new Set(right)];
  return {
    onlyLeft: [...leftSet].filter((name) => !rightSet.has(name)).sort(),
    onlyRight: [...rightSet].filter((name) => !leftSet.has(name)).sort(),
  };
}
