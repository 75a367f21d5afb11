import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface CliOptions {
  readonly host: string;
  readonly port: number;
  /** An asked-for port is taken or refused; the default one may give way to the next. */
  readonly portIsFixed: boolean;
  readonly dataFolder: string;
  readonly staticFolder: string;
  readonly libFolder: string;
  readonly help: boolean;
}

const defaultPort = 4173;

export const usage = `Usage: main [options]
  --port N        port to listen on; 0 takes a free one (default ${defaultPort}, or the next that is free)
  --host HOST     address to listen on (default 127.0.0.1)
  --data-dir DIR  models and versions (default .tendril)
  --static DIR    page served at / (default dist/demo)
  --lib DIR       library served under /tendril/ (default dist/lib)
  --help          this text
Environment:
  TENDRIL_REGISTRY_TOKEN  bearer token that writes need (default: none, everybody who reaches the server can write)`;

/** @throws what `parseArgs` says, or RangeError for a port that is none */
export function parseCliOptions(argv: readonly string[]): CliOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'data-dir': { type: 'string', default: '.tendril' },
      static: { type: 'string' },
      lib: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    host: values.host,
    port: values.port === undefined ? defaultPort : parsePort(values.port),
    portIsFixed: values.port !== undefined,
    dataFolder: resolve(values['data-dir']),
    staticFolder: resolve(values.static ?? buildFolder('demo')),
    libFolder: resolve(values.lib ?? buildFolder('lib')),
    help: values.help,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new RangeError(`--port ${text} is not a port number`);
  return port;
}

/** A folder of the build: beside this file when it was built itself, under dist/ when it runs from its source. */
function buildFolder(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const parent = dirname(here);
  return basename(parent) === 'dist' ? resolve(parent, name) : resolve(parent, 'dist', name);
}

/** What to tell about folders that are not there; the registry itself serves without them. */
export function missingFolders({ staticFolder, libFolder }: CliOptions): string[] {
  return [staticFolder, libFolder]
    .filter((folder) => !existsSync(folder))
    .map((folder) => `${folder} does not exist: run the build first`);
}
