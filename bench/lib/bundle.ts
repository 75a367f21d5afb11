import { build } from 'vite';
import { fromRoot } from '../../scripts/lib/paths.mjs';

/** A module of the sources as the build makes its bundles, but into memory. @param entry relative to the root */
export async function bundle(entry: string): Promise<string> {
  const result = await build({
    root: fromRoot('.'),
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      target: 'es2022',
      write: false,
      lib: { entry: fromRoot(entry), formats: ['iife'], name: 'bundle', fileName: () => 'bundle.js' },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [chunk] = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  if (chunk?.type !== 'chunk') throw new Error(`${entry} gave no bundle`);
  return chunk.code;
}
