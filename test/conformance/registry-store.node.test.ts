import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRegistry } from '../../server/stores/sqlite.ts';
import { describeRegistryStore } from './registry-store-suite.ts';

describeRegistryStore('SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tendril-registry-'));
  return {
    open: () => openSqliteRegistry(join(folder, 'data', 'registry.sqlite')),
    remove: () => rm(folder, { recursive: true }),
  };
});
