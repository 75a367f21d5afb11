import type { Tendril } from 'tendril';

import { byId } from './dom.ts';
import type { Page } from './page.ts';
import type { Reader } from './reader.ts';
import { TASK_ID } from './reader-task.ts';

export interface PanelActionParts {
  readonly tendril: Tendril;
  readonly reader: Reader;
  readonly page: Page;
  readonly namespace: string;
}

/** The three buttons of "Your reader". */
export function connectPanelActions({ tendril, reader, page: { panel, read }, namespace }: PanelActionParts): void {
  whileBusy('reorder', () => reader.newOrder());
  whileBusy('publish', async () => {
    panel.showResult('Publishing …');
    panel.showResult(await publishModel(tendril));
    await reader.showStatus();
  });
  byId('erase', HTMLButtonElement).addEventListener('click', () => {
    tendril.dispose();
    read.forget();
    // Where Tendril keeps an opening until its worker has acknowledged it.
    localStorage.removeItem(`tendril:${namespace}:feedback`);
    eraseDatabase(namespace, (text) => panel.showResult(text));
  });
  void tendril.ready.then((ready) => {
    for (const id of ['reorder', 'publish']) byId(id, HTMLButtonElement).disabled = !ready;
  });
}

function whileBusy(buttonId: string, action: () => Promise<void>): void {
  const button = byId(buttonId, HTMLButtonElement);
  button.addEventListener('click', () => {
    button.disabled = true;
    void action().finally(() => (button.disabled = false));
  });
}

/** Gives the model to the registry as its champion: the one that new readers start from. */
async function publishModel(tendril: Tendril): Promise<string> {
  const result = await tendril.publish(TASK_ID, { alias: 'champion' });
  if (!result.ok) return `Not published: ${result.error.message}`;
  const { queued, modelVersion, error } = result.value;
  if (queued) return `Kept here until it can be sent${error === null ? '' : `: ${error.message}`}`;
  return `Published as version ${modelVersion ?? 'unknown'}. New readers start from it.`;
}

function eraseDatabase(name: string, report: (text: string) => void): void {
  const request = indexedDB.deleteDatabase(name);
  request.onsuccess = () => location.reload();
  request.onerror = () => report(`Not erased: ${request.error?.message ?? 'the database refused'}`);
  request.onblocked = () => report('Close the other tabs of this page to finish erasing.');
}
