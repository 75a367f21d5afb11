import { defineConfig, type PluginOption, type UserConfig } from 'vite';
import cataloguePlugin from './demo/vite-catalogue-plugin.ts';
import { fromRoot, readJson } from './scripts/lib/paths.mjs';
import pageErrorsPlugin from './scripts/vite-page-errors-plugin.mjs';
import tfjsPlugin from './scripts/vite-tfjs-plugin.mjs';

/** One bundle is one mode: `vite build --mode embed`. `npm run build` builds them all (scripts/build.mjs). */
interface Bundle {
  readonly entry: string;
  /** Name in dist/lib. */
  readonly file: string;
  /** `iife` is for classic scripts: one file, every dynamic import inlined. */
  readonly format: 'es' | 'iife';
  /** Puts what is imported dynamically into dist/lib/chunks instead of the one file. */
  readonly chunks?: boolean;
  readonly plugins?: PluginOption[];
}

const bundles: Record<string, Bundle> = {
  lib: { entry: 'src/index.ts', file: 'tendril.mjs', format: 'es' },
  embed: { entry: 'src/embed.ts', file: 'tendril.js', format: 'iife', plugins: [pageErrorsPlugin()] },
  // Loaded by both of the above when they are needed: their own files, so that a page that never asks does not pay.
  signals: { entry: 'src/client/capture-part.ts', file: 'signals.mjs', format: 'es' },
  privacy: { entry: 'src/client/privacy-part.ts', file: 'privacy.mjs', format: 'es' },
  review: { entry: 'src/client/review-part.ts', file: 'review.mjs', format: 'es' },
  manage: { entry: 'src/client/manage-part.ts', file: 'manage.mjs', format: 'es' },
  device: { entry: 'src/client/device-part.ts', file: 'device.mjs', format: 'es' },
  'learner-module': {
    entry: 'workers/learner.worker.ts',
    file: 'learner.worker.mjs',
    format: 'es',
    chunks: true,
    plugins: [tfjsPlugin()],
  },
  'learner-classic': {
    entry: 'workers/learner.worker.ts',
    file: 'learner.worker.js',
    format: 'iife',
    plugins: [tfjsPlugin()],
  },
  sync: { entry: 'workers/sync.worker.ts', file: 'sync.worker.js', format: 'iife' },
};

const { version } = readJson<{ version: string }>('package.json');
const define = { __TENDRIL_VERSION__: JSON.stringify(version) };
const target = 'es2022';

/** The package's own entry is a build for browsers without `async`: a tenth longer, and slower to start. */
const dexie = { find: /^dexie$/, replacement: fromRoot('node_modules/dexie/dist/modern/dexie.mjs') };

/** The kernels and what goes with them: the first answer must not wait for what only backends and indexes share. */
const acceleration = /[/]src[/]compute[/](?:wasm|webgpu|candidate-index)[/]/;

/** What several parts share lies in few files: each is a request, and the first answer waits for a chain of them. */
const shared = [
  {
    ...{ name: 'shared', test: (id: string) => !acceleration.test(id), priority: 1 },
    ...{ minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 60_000 },
  },
  { name: 'acceleration', test: acceleration, minShareCount: 2 },
];

function bundleConfig({ entry, file, format, chunks = false, plugins = [] }: Bundle): UserConfig {
  return {
    root: fromRoot('.'),
    publicDir: false,
    // Library builds leave NODE_ENV to the consumer; these files have no build step after this one.
    define: { ...define, 'process.env.NODE_ENV': '"production"' },
    plugins,
    build: {
      target,
      outDir: fromRoot('dist/lib'),
      emptyOutDir: false,
      sourcemap: true,
      lib: { entry: fromRoot(entry), formats: [format], name: 'Tendril', fileName: () => file },
      rolldownOptions: {
        // Nobody imports an entry but the parts that it loads later: what they share with it lies in it.
        preserveEntrySignatures: chunks ? 'allow-extension' : 'exports-only',
        output: {
          minify: true,
          codeSplitting: chunks && { groups: shared },
          // The name of what is shared lists who shares it.
          chunkFileNames: ({ name }) => `chunks/${name.split('~')[0] ?? name}-[hash].mjs`,
        },
      },
    },
  };
}

/** The demo imports the built library from where it is served: an import map would be an inline script, which its policy forbids. */
function demoConfig(): UserConfig {
  return {
    root: fromRoot('demo'),
    publicDir: fromRoot('public'),
    define,
    plugins: [cataloguePlugin()],
    build: {
      target,
      outDir: fromRoot('dist/demo'),
      emptyOutDir: true,
      sourcemap: true,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: ['index.html', 'embed.html', 'review/index.html'].map((page) => fromRoot('demo', page)),
        external: ['tendril'],
        output: { paths: { tendril: '/tendril/tendril.mjs' } },
      },
    },
  };
}

function serverConfig(): UserConfig {
  return {
    root: fromRoot('.'),
    publicDir: false,
    define,
    build: {
      target: 'node20',
      ssr: fromRoot('server/main.ts'),
      outDir: fromRoot('dist/server'),
      emptyOutDir: true,
      sourcemap: true,
      rolldownOptions: { output: { entryFileNames: 'main.js', chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  };
}

export default defineConfig(({ mode, command }) => {
  const bundle = bundles[mode];
  const config = bundle ? bundleConfig(bundle) : mode === 'server' ? serverConfig() : demoConfig();
  const served = command === 'serve' ? [{ find: 'tendril', replacement: fromRoot('src/index.ts') }] : [];
  return { logLevel: command === 'build' ? 'warn' : 'info', resolve: { alias: [dexie, ...served] }, ...config };
});
