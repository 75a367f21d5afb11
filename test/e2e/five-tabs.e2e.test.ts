import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright';
import { expect, test } from 'vitest';
import type { Tendril } from 'tendril';

import { Rng } from '../../src/core/rng.ts';
import { decodeSafetensors } from '../../src/core/safetensors.ts';
import { freshProfile } from './helpers/browser.ts';
import { storedCopy } from './helpers/stored-data.ts';
import { useWorld } from './helpers/world.ts';

const TABS = 5;
const SIGNALS = 10_000;
const KILLS = 12;

const world = useWorld();

/** A batch whose storing was acknowledged. */
interface Acknowledged {
  readonly signalIds: readonly string[];
  readonly decisionId: string;
  readonly chosen: string;
}

declare global {
  interface Window {
    tendril: Tendril;
    acknowledged: (batch: Acknowledged) => Promise<void>;
  }
}

/** A tab with a handle of its own; `acknowledged` is called in this process. */
async function openTab(profile: BrowserContext): Promise<Page> {
  const page = await profile.newPage();
  await page.goto(`${world.server.url}/embed.html`);
  // As text: Vitest would rewrite an import written here.
  await page.evaluate(`import('/tendril/tendril.mjs').then(({ createTendril }) => {
    globalThis.tendril = createTendril({
      namespace: 'tabs',
      tasks: [{
        id: 'list',
        kind: 'ranking',
        schema: { candidate: { topic: 'categorical' } },
        comparison: { share: 0 },
      }],
      backends: ['cpu'],
      deadlineMs: 60_000,
    });
    return tendril.ready;
  })`);
  return page;
}

/** Lists of 20 are seen and one item of each is chosen, again and again, until the tab is gone. */
function visit(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const candidates = Array.from({ length: 20 }, (_, index) => ({
      id: `i${index}`,
      features: { topic: `t${index % 5}` },
    }));
    for (;;) {
      const { decisionId, order } = await window.tendril.rank('list', { candidates });
      const chosen = order.find(({ id }) => Number(id.slice(1)) % 5 === 0)?.id ?? '';
      const seen = order.slice(0, 19).map(({ id: item }) => ({ type: 'impression', item }));
      const batch = [...seen, { type: 'click', item: chosen }].map((signal) => ({
        ...signal,
        decisionId,
        signalId: crypto.randomUUID(),
        atMs: Date.now(),
        value: 1,
      }));
      const stored = await window.tendril.feed.send(batch);
      if (stored.ok)
        await window.acknowledged({ signalIds: batch.map(({ signalId }) => signalId), decisionId, chosen });
    }
  });
}

/** What was learned, as it was last stored. The account of what exploration has cost is left out: it counts the decisions of a tab, which no log says. */
async function learnedState(page: Page): Promise<{ learnedTo: number; digest: string }> {
  const { tables } = await storedCopy(page);
  const records = tables['checkpoints'] as unknown as {
    generation: number;
    learnedTo: number;
    bytes: { base64: string };
  }[];
  const { learnedTo, bytes } = records.sort((a, b) => b.generation - a.generation)[0]!;
  const { tensors, metadata } = decodeSafetensors(new Uint8Array(Buffer.from(bytes.base64, 'base64')));
  const { policy: _, ...parts } = JSON.parse(metadata['tendril.parts'] ?? '{}') as Record<string, unknown>;
  const numbers = [...tensors].map(([name, { data }]) => [name, Array.from(data, String)]);
  return {
    learnedTo,
    digest: createHash('sha256')
      .update(JSON.stringify([numbers, parts]))
      .digest('hex'),
  };
}

test(
  'five tabs that are killed at random lose nothing that was acknowledged, and learn it once',
  { timeout: 300_000 },
  async () => {
    const profile = await freshProfile(world.browser);
    const acknowledged: Acknowledged[] = [];
    const rng = Rng.fromSeed(7);
    const tabs = new Set<Page>();
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const open = async () => {
      const page = await openTab(profile);
      tabs.add(page);
      visit(page).catch(() => undefined);
    };
    const kill = async () => {
      const page = [...tabs][rng.nextInt(tabs.size)]!;
      tabs.delete(page);
      await page.close();
      await open();
    };
    await profile.exposeFunction('acknowledged', (batch: Acknowledged) => {
      acknowledged.push(batch);
      const signals = acknowledged.length * 20;
      if (signals % Math.floor(SIGNALS / (KILLS + 1)) < 20 && signals < SIGNALS) void kill();
      if (signals >= SIGNALS) finish();
    });
    for (let tab = 0; tab < TABS; tab++) await open();
    await finished;
    for (const page of tabs) await page.close();

    const page = await openTab(profile);
    await page.evaluate(() => window.tendril.checkpoint('list'));
    const { tables } = await storedCopy(page);
    const stored = (tables['signals'] ?? []).map(({ signalId }) => signalId as string);
    expect(new Set(stored).size, 'each once').toBe(stored.length);
    const missing = new Set(acknowledged.flatMap(({ signalIds }) => signalIds));
    for (const signalId of stored) missing.delete(signalId);
    expect(missing.size).toBe(0);

    const log = (tables['experiences'] ?? []) as unknown as {
      experienceId: string;
      decisionId: string;
      payload: { candidateId: string; reward: number };
    }[];
    expect(new Set(log.map(({ experienceId }) => experienceId)).size, 'each once').toBe(log.length);
    const chosen = log
      .filter(({ payload }) => payload.reward === 1)
      .map(({ decisionId, payload }) => `${decisionId} ${payload.candidateId}`);
    expect(new Set(chosen).size, 'each choice once').toBe(chosen.length);
    expect(chosen).toEqual(expect.arrayContaining(acknowledged.map((batch) => `${batch.decisionId} ${batch.chosen}`)));

    const learned = await learnedState(page);
    expect(learned.learnedTo).toBe(log.length);
    // Learned once is: as if one tab had read the log from its start, and never been killed.
    await page.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open('tabs');
          opening.onerror = () => reject(new Error(opening.error?.message));
          opening.onsuccess = () => {
            const transaction = opening.result.transaction('checkpoints', 'readwrite');
            transaction.objectStore('checkpoints').clear();
            transaction.oncomplete = () => {
              opening.result.close();
              resolve();
            };
          };
        }),
    );
    await page.close();
    const again = await openTab(profile);
    await again.evaluate(() => window.tendril.checkpoint('list'));
    expect(await learnedState(again)).toEqual(learned);
    await profile.close();
  },
);
