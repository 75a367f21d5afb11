const css = `
:host { color-scheme: light dark; container-type: inline-size; display: block; }
:host([hidden]) { display: none; }
/* Not on the host: there a page may make one of its own variables the value of one of these. */
.root {
  --background: var(--tendril-review-background, light-dark(#fff, #16181d));
  --color: var(--tendril-review-color, light-dark(#1b1d22, #e9eaee));
  --muted: var(--tendril-review-muted, light-dark(#595e69, #a9adb8));
  --border: var(--tendril-review-border, light-dark(#8a8f9b, #6d7280));
  --accent: var(--tendril-review-accent, light-dark(#1d5bbf, #8ab4ff));
  --on-accent: var(--tendril-review-on-accent, light-dark(#fff, #0b1220));
  --danger: var(--tendril-review-danger, light-dark(#b3261e, #ffb4ab));
  background: var(--background);
  border: 1px solid var(--border);
  border-radius: var(--tendril-review-radius, 0.75rem);
  color: var(--color);
  font: var(--tendril-review-font, 1rem/1.5 system-ui, sans-serif);
  padding: 1rem;
}
* { box-sizing: border-box; }
.root, article, .stack, .parts { align-content: start; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
header, nav, .actions { align-items: center; display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; }
h2, h3, h4, p, dl, ol, fieldset { margin: 0; }
h2 { font-size: 1.25rem; line-height: 1.3; }
h3 { font-size: 1.05rem; }
h4 { font-size: 1rem; }
nav { margin-inline-start: auto; }
[hidden] { display: none; }
.muted, dt, .badge { color: var(--muted); }
dl { display: grid; gap: 0.25rem 1rem; grid-template-columns: minmax(5rem, max-content) 1fr; }
dt, dd { margin: 0; overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--border); border-radius: 0.5rem; display: grid; gap: 0.5rem; grid-template-columns: minmax(0, 1fr); min-inline-size: 0; padding: 0.75rem; }
legend { font-weight: 600; padding-inline: 0.25rem; }
.choice { align-items: start; border-radius: 0.375rem; display: flex; gap: 0.75rem; padding: 0.375rem; }
.choice:hover { background: color-mix(in srgb, var(--accent) 10%, transparent); }
.choice > input { block-size: 1.25rem; flex: none; inline-size: 1.25rem; margin-block-start: 0.125rem; accent-color: var(--accent); }
.choice > div { flex: 1; min-inline-size: 0; }
.badge { border: 1px solid; border-radius: 1rem; font-size: 0.8125rem; margin-inline-start: 0.5rem; padding: 0 0.5rem; white-space: nowrap; }
.field { display: grid; gap: 0.25rem; }
input:not([type=radio]), select, textarea {
  background: transparent; border: 1px solid var(--border); border-radius: 0.375rem; color: inherit; font: inherit; inline-size: 100%; min-block-size: 2.5rem; padding: 0.375rem 0.625rem;
}
select { background: var(--background); }
.choice > select { inline-size: auto; flex: none; }
textarea { min-block-size: 4.5rem; resize: vertical; }
[aria-invalid=true] { border-color: var(--danger); outline: 1px solid var(--danger); }
button {
  background: transparent; border: 1px solid var(--accent); border-radius: 0.375rem; color: var(--accent); cursor: pointer; font: inherit; min-block-size: 2.5rem; padding: 0.375rem 1rem;
}
button.primary { background: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--danger); color: var(--danger); }
button[aria-disabled=true] { border-color: var(--border); color: var(--muted); cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h3:focus-visible { outline-offset: 4px; }
.problem:not(:empty) { color: var(--danger); font-weight: 600; }
details { border-block-start: 1px solid var(--border); padding-block-start: 0.75rem; }
summary { cursor: pointer; }
ol { font-size: 0.875rem; max-block-size: 16rem; overflow: auto; padding-inline-start: 1.5rem; }
@container (min-width: 44rem) {
  .parts { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .name { max-inline-size: 20rem; }
}
@container (max-width: 26rem) {
  .actions > button { flex: 1 1 100%; }
  .choice:has(> select) { flex-wrap: wrap; }
  .choice > div:has(+ select) { flex-basis: 100%; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-block-end: 0.5rem; }
}
`;

let sheet: CSSStyleSheet | null = null;

/** One for all elements; made by script, so that a policy without inline styles has nothing against it. */
export function reviewStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
