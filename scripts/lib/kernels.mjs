import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fromRoot, readJson } from './paths.mjs';
import { capture } from './run.mjs';

/** AssemblyScript; src/compute/wasm/kernel-binary.d.ts says what is made of it. */
const sourceFolder = 'kernels';
const targetFile = 'src/compute/wasm/kernel-binary.js';
const compiler = 'node_modules/assemblyscript/bin/asc.js';

/** No garbage collector and nothing imported: the kernels take addresses. The warnings left out are about passing vectors to other modules and about 64-bit memory. */
const options = ['-O2', '--shrinkLevel', '1', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--enable', 'simd'];
const quiet = ['--disableWarning', '112', '--disableWarning', '201'];

/** Compiles the kernels unless the module made of these sources, options and compiler is there. @throws Error with what the compiler says */
export async function ensureKernels() {
  const firstLine = `// Made of ${sourceFolder}/ by scripts/build-kernels.mjs: ${digest()}`;
  const target = fromRoot(targetFile);
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(`${firstLine}\n`)) return;
  const binary = await compile();
  // Renamed into place: others may be making it at the same time, or reading it.
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, `${firstLine}\nexport const kernelBinary = '${binary.toString('base64')}';\n`);
  renameSync(unfinished, target);
}

function digest() {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(options)).update(readJson('package.json').devDependencies.assemblyscript);
  const files = readdirSync(fromRoot(sourceFolder), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
    hash.update(relative(fromRoot(sourceFolder), path)).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'tendril-kernels-'));
  const file = join(folder, 'kernels.wasm');
  try {
    const args = [`${sourceFolder}/index.ts`, '--outFile', file, ...options, ...quiet];
    const { code, output } = await capture(process.execPath, [compiler, ...args]);
    if (code !== 0) throw new Error(`The WebAssembly kernels cannot be compiled.\n${output}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
