import { existsSync } from 'node:fs';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { capture } from '../../scripts/lib/run.mjs';

const FOLDER = 'bench/compute/rivals';

/** Where onnxruntime-web's files are, from the root of the repository. */
export const ONNX_FOLDER = `${FOLDER}/node_modules/onnxruntime-web/dist`;

/**
 * Installs what only this benchmark compares with, at the first run: onnxruntime-web takes 148 MB, which nobody needs who does not run it. Its
 * packages' install scripts are not run; it works without them.
 * @returns whether it is there
 */
export async function installRivals(): Promise<boolean> {
  if (existsSync(fromRoot(ONNX_FOLDER))) return true;
  console.error(`Installing onnxruntime-web in ${FOLDER}.`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code, output } = await capture(npm, ['ci', '--ignore-scripts', '--prefix', FOLDER]);
  if (code !== 0) console.error(`onnxruntime-web cannot be installed and is left out.\n${output}`);
  return code === 0;
}
