import type { Tendril } from 'tendril';

import { byId } from './dom.ts';
import type { MemoryDialog } from './memory/memory-dialog.ts';
import type { Page } from './page.ts';
import type { Reader } from './reader.ts';
import type { ReaderCapture } from './reader-capture.ts';
import { TASK_ID } from './reader-task.ts';

export interface PanelActionParts {
  readonly tendril: Tendril;
  readonly reader: Reader;
  readonly capture: ReaderCapture;
  readonly memory: MemoryDialog;
  readonly page: Page;
}

/** The buttons of "Your reader". */
export function connectPanelActions({
  tendril,
  reader,
  capture,
  memory,
  page: { panel, read },
}: PanelActionParts): void {
  whileBusy('reorder', () => reader.newOrder());
  whileBusy('publish', async () => {
    panel.showResult('Publishing …');
    panel.showResult(await publishModel(tendril));
    await reader.showStatus();
  });
  byId('remembered', HTMLButtonElement).addEventListener('click', () => void memory.open());
  whileBusy('export', async () => panel.showResult(await saveCopy(tendril)));
  whileBusy('erase', async () => {
    // The end of this page must not tell of what was erased.
    capture.stop();
    const erased = await tendril.privacy.erase();
    read.forgetAll();
    if (erased.ok) location.reload();
    else panel.showResult(`Not erased: ${erased.error.message}`);
  });
  void tendril.ready.then((ready) => {
    for (const id of ['reorder', 'publish', 'remembered', 'export']) byId(id, HTMLButtonElement).disabled = !ready;
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

/** Everything that is stored, as a file of the reader's own. */
async function saveCopy(tendril: Tendril): Promise<string> {
  const copy = await tendril.privacy.export();
  if (!copy.ok) return `No copy: ${copy.error.message}`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(copy.value);
  link.download = 'tendril.json';
  link.click();
  URL.revokeObjectURL(link.href);
  return `Your copy has ${Math.ceil(copy.value.size / 1024)} kB.`;
}
