import { Dexie, type Table } from 'dexie';

/** Tables as stored; rows are `unknown` until parsed. Add a `version(n)` for each change and keep the old ones. */
export class Database extends Dexie {
  readonly tasks!: Table<unknown, string>;
  readonly decisions!: Table<unknown, string>;
  readonly catalogue!: Table<unknown, string>;
  readonly experiences!: Table<unknown, number>;
  readonly checkpoints!: Table<unknown, [string, number]>;
  readonly settings!: Table<unknown, string>;
  readonly outbox!: Table<unknown, string>;

  constructor(namespace: string) {
    // Reading from another worker's cache would hide its writes; the log has writers in several tabs.
    super(namespace, { cache: 'disabled' });
    this.version(1).stores({
      tasks: 'taskId',
      decisions: 'decisionId, [modelKey+decidedAtMs]',
      catalogue: 'candidateKey',
      experiences: '++position, &experienceId, [modelKey+position]',
      checkpoints: '[modelKey+generation]',
      settings: 'key',
      outbox: 'id',
    });
    // Another tab with a newer schema must never wait for this one.
    this.on('versionchange', () => {
      this.close();
      // Dexie's own handler would let the next call open it again: an erased log must not be gone on with.
      return false;
    });
  }
}
