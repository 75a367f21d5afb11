import type { Figure } from '../../sections/section.ts';
import { installRivals } from '../rivals.ts';
import { openChromiumHost } from './chromium-host.ts';
import type { Host } from './host.ts';
import { openNodeHost } from './node-host.ts';

/** Measures in Node, then in Chromium; each is closed before the next is opened. */
export async function inBothHosts(measure: (host: Host) => Promise<readonly Figure[]>): Promise<readonly Figure[]> {
  const hasOnnxRuntime = await installRivals();
  const figures: Figure[] = [];
  for (const open of [openNodeHost, openChromiumHost]) {
    const host = await open(hasOnnxRuntime);
    try {
      figures.push(...(await measure(host)));
    } finally {
      await host.close();
    }
  }
  return figures;
}
