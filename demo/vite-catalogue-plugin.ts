import type { Plugin } from 'vite';

import { buildCatalogue } from './build-catalogue.ts';
import { readingListHtml } from './build-reading-list.ts';

/**
 * Writes `catalogue.json`, fills `embed.html` with real entries, and gives both pages their content security policy.
 *
 * The policy is left out of the development server, whose hot updates need inline scripts and styles.
 */
export default function cataloguePlugin(): Plugin {
  const catalogue = buildCatalogue();
  const json = JSON.stringify(catalogue);
  return {
    name: 'web-features-catalogue',
    configureServer(server) {
      server.middlewares.use('/catalogue.json', (_request, response) => {
        response.setHeader('content-type', 'application/json').end(json);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'catalogue.json', source: json });
    },
    transformIndexHtml(html, context) {
      const filled = html.replace('<!-- reading-list -->', () => readingListHtml(catalogue));
      if (context.server !== undefined) return filled;
      return filled.replace('<meta charset="utf-8" />', (charset) => `${charset}\n    ${POLICY_TAG}`);
    },
  };
}

const POLICY_TAG = `<meta http-equiv="Content-Security-Policy" content="${[
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')}" />`;
