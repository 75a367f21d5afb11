/** Codes that the page itself raises; what the worker raises comes with its message. */
const raised = [
  'INVALID_CONFIG',
  'WORKER_UNAVAILABLE',
  'WORKER_LOST',
  'WORKER_ANSWER_INVALID',
  'CONSENT_MISSING',
  'DEADLINE_EXCEEDED',
  'STORAGE_FAILED',
];

/**
 * Leaves out the messages that a bundle for the page never makes: the table of codes is the largest thing in the script tag that nobody reads.
 * @returns {import('vite').Plugin}
 */
export default function pageErrorsPlugin() {
  return {
    name: 'tendril:page-errors',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/src/errors.ts')) return null;
      const kept = code.replace(/^ {2}([A-Z_]+): '.*',\n/gm, (line, name) => (raised.includes(name) ? line : '\n'));
      return { code: kept, map: null };
    },
  };
}
