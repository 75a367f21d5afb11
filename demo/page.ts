import { DetailDialog, UNKNOWN } from './detail-dialog.ts';
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
  readonly nameOfTopic: (topic: string) => string;
  entryOf(id: string): Entry | undefined;
  /** Takes over what happens when an entry of the list is opened. */
  onOpen(listener: (entry: Entry) => void): void;
  /** Takes over what happens when the visitor asks why an entry is where it is. */
  onWhy(listener: (entry: Entry) => void): void;
}

export function createPage({ entries, topicNames, redirects }: Catalogue, namespace: string, wide: boolean): Page {
  const nameOf = (topic: string): string => (topic === NO_TOPIC ? 'No topic' : (topicNames[topic] ?? topic));
  const dialog = new DetailDialog(byId('detail', HTMLDialogElement), byId('detail-body', HTMLElement), nameOf);
  const panel = new ReaderPanel(nameOf, wide);
  const read = new ReadEntries(namespace);
  const byItsId = new Map(entries.map((entry) => [entry.id, entry]));
  let opened = (entry: Entry): void => dialog.show(entry, UNKNOWN);
  let asked: (entry: Entry) => void = () => undefined;
  const [entriesList, more] = [byId('entries', HTMLElement), byId('more', HTMLButtonElement)];
  const list = new EntryList(entriesList, more, nameOf, {
    onOpen: (entry) => opened(entry),
    onWhy: (entry) => asked(entry),
  });
  list.setHome(entries);
  list.setOrder(entries.filter(({ id }) => !read.has(id)));
  panel.showShares(topicShares(entries, list.order));
  describeCatalogue(entries.length, redirects);
  return {
    entries,
    list,
    dialog,
    panel,
    read,
    nameOfTopic: nameOf,
    entryOf: (id) => byItsId.get(id),
    onOpen: (listener) => (opened = listener),
    onWhy(listener) {
      asked = listener;
      dialog.onWhy(listener);
    },
  };
}

function describeCatalogue(count: number, redirects: number): void {
  const features = `${count.toLocaleString('en')} features`;
  byId('list-note', HTMLElement).textContent = features;
  byId('source', HTMLElement).textContent =
    `${features} from the npm package web-features; ${redirects} entries that only point to another one are left out.`;
}
