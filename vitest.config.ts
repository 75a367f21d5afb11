import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import './scripts/build-kernels.mjs';
import { chromiumArgs } from './scripts/lib/chromium-args.mjs';
import './scripts/lib/node-20.mjs';
import tfjsPlugin from './scripts/vite-tfjs-plugin.mjs';

const executablePath = process.env['TENDRIL_CHROMIUM'];

// One project after the other (groupOrder): what measures time should not share the processor with the rest.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/unit/**/*.test.ts', 'test/conformance/**/*.node.test.ts'],
          exclude: ['**/*.browser.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The real server and real browsers: each file owns what it starts, and one runs at a time.
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.e2e.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [tfjsPlugin()],
        optimizeDeps: {
          // Workers are not followed from the tests, and a dependency that is found late reloads the page under a test.
          entries: ['src/**/*.ts', 'workers/*.ts', 'test/**/*.worker.ts', 'test/conformance/compute-autodiff-cases.ts'],
          rolldownOptions: { plugins: [tfjsPlugin()] },
        },
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: chromiumArgs, ...(executablePath ? { executablePath } : {}) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
