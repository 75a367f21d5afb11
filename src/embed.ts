import { createTendrilAt } from './client/create-tendril.ts';
import { readConfiguration } from './signals/embed-configuration.ts';
import { RankedList } from './signals/ranked-list.ts';

/**
 * The script tag: `<script src=".../tendril.js" data-registry="…" data-task="…" async></script>` beside lists marked with `data-tendril-list`.
 * The handle is at `window.tendril` for whoever wants more.
 */
function start(script: HTMLScriptElement): void {
  const lists = [...document.querySelectorAll<HTMLElement>('[data-tendril-list]')];
  const configuration = readConfiguration(script.dataset, lists);
  const tendril = createTendrilAt(configuration.options, script.src);
  Object.assign(window, { tendril });
  for (const { element, taskId, schema } of configuration.lists)
    new RankedList(element, schema, taskId, tendril).start();
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
