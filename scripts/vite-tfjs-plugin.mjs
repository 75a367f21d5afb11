/**
 * Leaves out what this project never runs of tfjs 4.22: the optimizers, and what keeps model files. It also moves tfjs's global
 * registry aside, so that a host page's own tfjs, of whatever release, shares no engine and no flags with ours. The code works
 * without this plugin too, only larger.
 * @returns {import('vite').Plugin}
 */
export default function tfjsPlugin() {
  return {
    name: 'tendril-tfjs',
    enforce: 'pre',
    // A dependency that a page asks for late would make the dev server reload it in the middle of a test.
    config: () => ({ optimizeDeps: { include: deepImports } }),
    load(id) {
      return stubs.find(({ file }) => file.test(id))?.code;
    },
    transform(code, id) {
      const patch = patches.find(({ file }) => file.test(id));
      if (!patch) return undefined;
      const edited = patch.edits.reduce((text, edit) => replaceAll(text, edit, id), code);
      return { code: edited, map: null, ...(patch.sideEffects === false ? { moduleSideEffects: false } : {}) };
    },
  };
}

/**
 * @param {string} code
 * @param {{ found: RegExp, replacement: string }} edit
 * @param {string} id
 */
function replaceAll(code, { found, replacement }, id) {
  if (!found.test(code)) throw new Error(`${id} has changed: nothing matches ${found}`);
  return code.replace(found, replacement);
}

/** What src/compute imports. */
const deepImports = ['@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js'];

const stubs = [
  // The package's entry without `registerOptimizers()`.
  { file: /tfjs-core[\\/]dist[\\/]index\.js$/, code: "import './base_side_effects'; export * from './base';" },
];

const patches = [
  {
    // Handlers that keep models in localStorage and IndexedDB; they register themselves when they are imported.
    file: /tfjs-core[\\/]dist[\\/]platforms[\\/]platform_browser\.js$/,
    edits: [
      { found: /import \{ Browser(IndexedDB|LocalStorage)[^;]+;/g, replacement: '' },
      { found: /try \{\s*ModelStoreManager[\s\S]*?catch \(\w+\) \{\s*\}/g, replacement: '' },
    ],
  },
  {
    // Never reached in a browser; without the edit bundlers add a stand-in for Node's module.
    file: /tfjs-core[\\/]dist[\\/]platforms[\\/]platform_node\.js$/,
    edits: [{ found: /require\('util'\)/, replacement: "process.getBuiltinModule('util')" }],
  },
  { file: /tfjs-core[\\/]dist[\\/]io[\\/]\w+\.js$/, edits: [], sideEffects: false },
  {
    file: /tfjs-core[\\/]dist[\\/]global_util\.js$/,
    edits: [{ found: /_tfGlobals/g, replacement: '_tendrilTfGlobals' }],
  },
  { file: /tfjs-core[\\/]dist[\\/]engine\.js$/, edits: [{ found: /_tfengine/g, replacement: '_tendrilTfEngine' }] },
];
