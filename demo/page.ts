import { DetailDialog } from './detail-dialog.ts';
import { byId } from './dom.ts';
import type { Catalogue, Entry } from './entry.ts';
import { EntryList } from './entry-list.ts';
import { ReadEntries } from './read-entries.ts';
import { ReaderPanel } from './reader-panel.ts';
import { NO_TOPIC, topicShares } from './topic-share.ts';

/** The page as it is without Tendril: the list in its own order, and a panel with the entry that was opened. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly list: EntryList;
  readonly dialog: DetailDialog;
  readonly panel: ReaderPanel;
  readonly read: ReadEntries;
  /** Takes over what happens when an entry of the list is opened. */
  onOpen(listener: (entry: Entry) => void): void;
}

export function createPage({ entries, topicNames, redirects }: Catalogue, namespace: string, wide: boolean): Page {
  const nameOf = (topic: string): string => (topic === NO_TOPIC ? 'No topic' : (topicNames[topic] ?? topic));
  const dialog = new DetailDialog(byId('detail', HTMLDialogElement), byId('detail-body', HTMLElement), nameOf);
  const panel = new ReaderPanel(nameOf, wide);
  const read = new ReadEntries(namespace);
  let opened = (entry: Entry): void => dialog.show(entry, null);
  const [entriesList, more] = [byId('entries', HTMLElement), byId('more', HTMLButtonElement)];
  const list = new EntryList(entriesList, more, nameOf, (entry) => opened(entry));
  list.setHome(entries);
  list.setOrder(entries.filter(({ id }) => !read.has(id)));
  panel.showShares(topicShares(entries, list.order));
  describeCatalogue(entries.length, redirects);
  return { entries, list, dialog, panel, read, onOpen: (listener) => (opened = listener) };
}

function describeCatalogue(count: number, redirects: number): void {
  const features = `${count.toLocaleString('en')} features`;
  byId('list-note', HTMLElement).textContent = features;
  byId('source', HTMLElement).textContent =
    `${features} from the npm package web-features; ${redirects} entries that only point to another one are left out.`;
}
