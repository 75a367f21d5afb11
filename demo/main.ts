import type * as Library from 'tendril';

import { UNKNOWN } from './detail-dialog.ts';
import { byId } from './dom.ts';
import type { Catalogue, Entry } from './entry.ts';
import { Forgetter } from './memory/forgetter.ts';
import { MemoryDialog } from './memory/memory-dialog.ts';
import { keepForOffline } from './offline.ts';
import { createPage, type Page } from './page.ts';
import { pageState } from './page-state.ts';
import { connectPanelActions } from './panel-actions.ts';
import { Reader } from './reader.ts';
import { ReaderCapture } from './reader-capture.ts';
import { readerTask } from './reader-task.ts';
import { readSettings, type Settings } from './settings.ts';
import { WhyDialog } from './why/why-dialog.ts';

pageState.serving('starting');
// The order may be another one by now, so that an old scroll position would lead anywhere.
history.scrollRestoration = 'manual';
const settings = readSettings(new URL(location.href));
const narrow = matchMedia('(max-width: 64rem)');
// Asked for at once and used when it is there: the list waits for the catalogue only.
const library = import('tendril');
void loadCatalogue().then(show).then(keepForOffline, reportFailure);

async function loadCatalogue(): Promise<Catalogue> {
  const response = await fetch('/catalogue.json');
  if (!response.ok) throw new Error(`The catalogue answered ${response.status}.`);
  return (await response.json()) as Catalogue;
}

async function show(catalogue: Catalogue): Promise<void> {
  const page = createPage(catalogue, settings.namespace, !narrow.matches);
  const linked = catalogue.entries.find(({ id }) => id === settings.open);
  if (linked) page.dialog.show(linked, UNKNOWN);
  await library.then(
    (loaded) => adapt(page, loaded),
    (error: unknown) => {
      console.warn(error);
      pageState.serving('unavailable');
      page.panel.showUnavailable();
    },
  );
}

async function adapt(page: Page, { createTendril }: typeof Library): Promise<void> {
  const tendril = createTendril(tendrilOptions(settings));
  // For a look around in the console: `await tendril.status()`.
  Object.assign(globalThis, { tendril });
  const now = (): Date => new Date();
  const reader = new Reader({ tendril, page, now, isNarrow: () => narrow.matches });
  const capture = new ReaderCapture(tendril);
  const forgetter = new Forgetter({ tendril, page, reader, capture, now });
  const askWhy = (entry: Entry): void => void why.ask(entry, reader.shownAs(entry));
  const memory = new MemoryDialog({ tendril, page, forgetter, now, onWhy: askWhy });
  const onForgotten = (): void => void memory.refresh();
  const why = new WhyDialog({ tendril, forgetter, onForgotten, nameOfTopic: page.nameOfTopic, now });
  page.onWhy(askWhy);
  connectPanelActions({ tendril, reader, capture, memory, page });
  await reader.start();
  capture.startWhenIdle();
}

function tendrilOptions({ seed, backends, registry, namespace }: Settings): Library.TendrilOptions {
  return { tasks: [readerTask(seed)], registry, namespace, ...(backends === null ? {} : { backends }) };
}

function reportFailure(error: unknown): void {
  byId('list-note', HTMLElement).textContent = 'The catalogue could not be loaded. Please try again later.';
  console.error(error);
}
