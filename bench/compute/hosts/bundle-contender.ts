import { mkdir, writeFile } from 'node:fs/promises';
import { build, type PluginOption } from 'vite';
import { fromRoot } from '../../../scripts/lib/paths.mjs';
import tfjsPlugin from '../../../scripts/vite-tfjs-plugin.mjs';
import type { ContenderName } from '../contender.ts';

/**
 * A contender as one module. Ours is bundled as the library's worker is; tfjs comes whole, as its users have it.
 * @param name of a file in bench/compute/contenders @param packagesApart leaves packages out, for Node to load
 */
export async function bundleContender(name: string, packagesApart: boolean): Promise<string> {
  const plugins: PluginOption[] = name.includes('tfjs') ? [] : [tfjsPlugin()];
  const result = await build({
    root: fromRoot('.'),
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins,
    build: {
      target: 'es2022',
      write: false,
      lib: { entry: fromRoot(`bench/compute/contenders/${name}.ts`), formats: ['es'], fileName: () => 'bundle.js' },
      rolldownOptions: {
        ...(packagesApart && { external: /^@tensorflow[/]/ }),
        output: { minify: true, codeSplitting: false },
      },
    },
  });
  const [chunk] = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  if (chunk?.type !== 'chunk') throw new Error(`${name} gave no bundle`);
  return chunk.code;
}

/** The same as a file that Node can run, in a folder that neither git nor the linter looks at. @returns its path */
export async function contenderFile(name: ContenderName): Promise<string> {
  const folder = fromRoot('.tendril/compute');
  await mkdir(folder, { recursive: true });
  const file = `${folder}/${name}.mjs`;
  await writeFile(file, await bundleContender(name, name.includes('tfjs')));
  return file;
}
