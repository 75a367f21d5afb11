import { type Catalogue, type Entry, yearOf } from './entry.ts';

/** The list on `embed.html`: plain markup that a shop or a magazine would have, with the features as `data-` attributes. */

const ROOTS = ['css', 'html', 'javascript', 'security', 'performance'];
const PER_ROOT = 8;

export function readingListHtml({ entries, topicNames }: Catalogue): string {
  const chosen = new Set(ROOTS.flatMap((root) => entries.filter((entry) => isFit(entry, root)).slice(0, PER_ROOT)));
  // In the catalogue's order, newest first, so that no topic leads by itself.
  return entries
    .filter((entry) => chosen.has(entry))
    .map((entry) => itemHtml(entry, topicNames))
    .join('\n        ');
}

/** Of this one root topic and no other, in every core browser, with a day to show. */
function isFit(entry: Entry, root: string): boolean {
  return entry.roots.length === 1 && entry.roots[0] === root && entry.baselineDate !== null;
}

function itemHtml(entry: Entry, topicNames: Catalogue['topicNames']): string {
  const topic = entry.roots[0] ?? '';
  const year = yearOf(entry.baselineDate);
  const text = escapeHtml(`${entry.name} ${entry.description}`);
  return `<li data-tendril-item="${entry.id}" data-tendril-categorical-topic="${topic}" data-tendril-numeric-year="${year}" data-tendril-text-title="${text}">
          <a href="/?open=${entry.id}">${escapeHtml(entry.name)}</a>
          <p>${escapeHtml(entry.description)}</p>
          <p class="meta">${escapeHtml(topicNames[topic] ?? topic)} · in all core browsers since ${year}</p>
        </li>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
