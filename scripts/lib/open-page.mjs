/**
 * Shows the page in the visitor's browser where there is one; where there is none, the printed address is enough.
 * @param {string} url
 */
export async function openPage(url) {
  try {
    const { default: open } = await import('open');
    const opener = await open(url);
    opener.on('error', () => undefined);
  } catch {
    // No desktop here.
  }
}
