import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fromRoot, root } from './paths.mjs';

/**
 * @typedef {{ name: string, status: string, assertionResults: { status: string }[] }} FileResult
 * @typedef {{ numPassedTests: number, numPendingTests: number, numTodoTests: number, testResults: FileResult[] }} Report
 */

/**
 * Counts what vitest reported and looks for what it would pass over in silence: a file that failed outside its tests,
 * an error outside every file, a test file that no project ran.
 * @param {string} file vitest's JSON report
 * @param {{ exitCode: number, isPart: boolean }} run `isPart` when the caller chose which tests to run
 * @returns {{ totals: import('./totals.mjs').Totals, problems: string[] }}
 */
export function readTestReport(file, { exitCode, isPart }) {
  if (!existsSync(file)) {
    return { totals: { passed: 0, failed: 1, skipped: 0 }, problems: ['vitest ended without a report.'] };
  }
  /** @type {Report} */
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const problems = [...brokenFiles(report), ...(isPart ? [] : filesNotRun(report))];
  const failedTests = report.testResults.reduce((sum, result) => sum + failuresIn(result), 0);
  if (exitCode !== 0 && failedTests + problems.length === 0)
    problems.push(`vitest ended with exit code ${exitCode}: an error outside every test, see above.`);
  const skipped = report.numPendingTests + report.numTodoTests;
  return { totals: { passed: report.numPassedTests, failed: failedTests + problems.length, skipped }, problems };
}

/** @param {FileResult} result */
function failuresIn(result) {
  return result.assertionResults.filter(({ status }) => status === 'failed').length;
}

/** @param {Report} report */
function brokenFiles({ testResults }) {
  return testResults
    .filter((result) => result.status === 'failed' && failuresIn(result) === 0)
    .map(({ name }) => `${pathInRoot(name)} failed outside its tests.`);
}

/** @param {Report} report */
function filesNotRun({ testResults }) {
  const run = new Set(testResults.map(({ name }) => pathInRoot(name)));
  const missing = testFiles().filter((file) => !run.has(file));
  const problems = missing.map((file) => `${file} was not run.`);
  if (![...run].some((file) => file.endsWith('.browser.test.ts'))) problems.push('No test ran in a browser.');
  return problems;
}

function testFiles() {
  return readdirSync(fromRoot('test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file.split(sep).join('/')}`);
}

/** @param {string} file absolute */
function pathInRoot(file) {
  return relative(root, file).split(sep).join('/');
}
