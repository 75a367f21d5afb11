import { createTendrilAt } from './client/create-tendril.ts';
import { readConfiguration } from './signals/embed-configuration.ts';
import { RankedList } from './signals/ranked-list.ts';

/**
 * The script tag: `<script src=".../tendril.js" data-registry="…" data-task="…" async></script>` beside lists marked with `data-tendril-list`.
 * The handle is at `window.tendril` for whoever wants more. With `data-consent="required"` nothing is captured, stored or fetched before
 * `tendril.privacy.grant()`; with `data-consent="tcf"` a consent manager of the TCF says so. With `data-capture="off"` only clicks on items are seen.
 */
function start(script: HTMLScriptElement): void {
  const lists = [...document.querySelectorAll<HTMLElement>('[data-tendril-list]')];
  const configuration = readConfiguration(script.dataset, lists);
  const tendril = createTendrilAt(configuration.options, script.src);
  Object.assign(window, { tendril });
  const ranked = configuration.lists.map(
    ({ element, taskId, schema }) => new RankedList(element, schema, taskId, tendril),
  );
  const { privacy } = tendril;
  privacy.onConsent((granted) => {
    for (const list of ranked) {
      if (granted) list.start();
      else list.stop();
    }
  });
  if (configuration.capture)
    tendril.feed.capture({
      onStart: () => {
        for (const list of ranked) list.handOver();
      },
    });
  if (configuration.tcf) void privacy.followTcf();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  // An async script may come before the markup that it is about.
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', () => {
      start(script);
    });
  } else start(script);
}
