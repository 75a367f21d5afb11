/** Rows of a file of the Wikispeedia data: tab-separated, with `#` before what is a comment. */
export function rows(text: string): string[][] {
  const lines = text.split(/\r?\n/);
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t'));
}
