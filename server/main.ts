import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { reasonOf } from '../src/errors.ts';
import { createApp } from './app.ts';
import { missingFolders, parseCliOptions, usage, type CliOptions } from './cli-options.ts';
import { listen } from './listen.ts';
import { FileBlobStore } from './stores/file-blob-store.ts';
import { openSqliteRegistry } from './stores/sqlite.ts';

const graceMs = 3_000;
const sparePorts = 20;

async function main(options: CliOptions): Promise<void> {
  const store = await openSqliteRegistry(join(options.dataFolder, 'registry.sqlite'));
  const app = createApp({
    store,
    blobs: new FileBlobStore(join(options.dataFolder, 'blobs')),
    clock: systemClock,
    staticFolder: options.staticFolder,
    libFolder: options.libFolder,
    writeToken: process.env['TENDRIL_REGISTRY_TOKEN'] || undefined,
    reportError: (error) => {
      console.error(error);
    },
  });
  const server = await listen(app, {
    host: options.host,
    port: options.port,
    spares: options.portIsFixed ? 0 : sparePorts,
  });
  for (const missing of missingFolders(options)) console.error(missing);
  console.log(`Tendril is at ${server.url}`);
  await stopSignal();
  await server.close(graceMs);
  await store.close();
}

/** A second signal ends the process at once, as it does without a listener. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      resolve();
    });
    process.once('SIGTERM', () => {
      resolve();
    });
  });
}

try {
  const options = parseCliOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await main(options);
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
