import { describe, expect, it } from 'vitest';
import { BounceWatch } from '../../src/signals/capture/bounce.ts';
import { MemoryTab } from './signals-fixture.ts';

const subject = { decisionId: 'd', item: 'a', place: 'decision d a' };
const list = 'https://example.org/list?page=2';
const article = 'https://example.org/article';

function open(tab = new MemoryTab(), address = list) {
  const at = { address };
  return { at, tab, watch: new BounceWatch(tab, () => at.address) };
}

describe('a way back', () => {
  it('is told of a page that was restored whole', () => {
    const { watch } = open();
    watch.clicked(subject, 1_000);
    watch.left(1_100);
    expect(watch.returned(7_500)).toEqual({ subject, seconds: 6.5 });
    expect(watch.returned(7_600)).toBeNull();
  });

  it('is told of a page that is loaded again, by what its tab remembers', () => {
    const { tab, watch } = open();
    watch.clicked(subject, 1_000);
    watch.left(1_100);
    expect(open(tab, article).watch.returned(3_000)).toBeNull();
    expect(open(tab).watch.loadedAgain(5_000)).toEqual({ subject, seconds: 4 });
    expect(open(tab).watch.loadedAgain(5_001)).toBeNull();
    expect(tab.kept.size).toBe(0);
  });

  it('is told within a page that navigates itself, at the address of the click alone', () => {
    const { at, watch } = open();
    watch.clicked(subject, 1_000);
    at.address = article;
    expect(watch.returned(2_000)).toBeNull();
    at.address = list;
    expect(watch.returned(3_000)).toEqual({ subject, seconds: 2 });
  });

  it('is none after 10 s, and none where the click itself moved the history', () => {
    const late = open().watch;
    late.clicked(subject, 1_000);
    expect(late.returned(11_001)).toBeNull();
    const early = open().watch;
    early.clicked(subject, 1_000);
    expect(early.returned(1_010)).toBeNull();
  });

  it('is none for a click long before the page was left', () => {
    const { tab, watch } = open();
    watch.clicked(subject, 1_000);
    watch.left(20_000);
    expect(tab.kept.size).toBe(0);
  });

  it.each(['', 'null', '{', '[]', '{"subject":{}}', '{"subject":{"item":5,"place":""},"atMs":1}'])(
    'is none where the tab’s storage holds %j',
    (text) => {
      const tab = new MemoryTab();
      tab.setItem('tendril:last-click', text);
      expect(open(tab).watch.loadedAgain(5_000)).toBeNull();
    },
  );

  it('keeps no address, only a hash of it', () => {
    const { tab, watch } = open();
    watch.clicked(subject, 1_000);
    watch.left(1_000);
    const [kept] = tab.kept.values();
    expect(Object.keys(JSON.parse(kept ?? '') as object)).toEqual(['subject', 'atMs', 'page']);
    expect(kept).not.toContain('example');
    watch.forget();
    expect(tab.kept.size).toBe(0);
  });

  it('does without a storage', () => {
    const watch = new BounceWatch(null, () => list);
    watch.clicked(subject, 1_000);
    watch.left(1_000);
    expect(watch.returned(2_000)).toEqual({ subject, seconds: 1 });
    expect(watch.loadedAgain(2_000)).toBeNull();
  });
});
