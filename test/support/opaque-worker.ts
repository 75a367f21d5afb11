/**
 * Runs a module in a worker of an opaque origin, where browsers forbid storage. Such a worker may load nothing from this server, so that
 * the module comes to it with all that it imports as `data:` URLs.
 * @param source body of an async function with `imported`, the module at `url`; what it returns is the answer
 */
export async function inOpaqueWorker(url: string, source: string): Promise<unknown> {
  const script = `
    import * as imported from '${await asDataUrl(new URL(url, location.href))}';
    const run = async () => { ${source} };
    run().then((answer) => postMessage(answer), (caught) => postMessage('the worker failed: ' + caught));`;
  const worker = new Worker(dataUrl(script), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || 'the worker did not start'));
    });
  } finally {
    worker.terminate();
  }
}

/** `from '…'` and `import '…'` of a path; packages have been turned into paths by the server. */
const importedPath = /(\bfrom\s*|\bimport\s*)(["'])(\.{0,2}\/[^"']+)\2/g;

async function asDataUrl(url: URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered with status ${response.status}`);
  const code = (await response.text()).replace(/^\/\/# sourceMappingURL=.*$/gm, '');
  const paths = [...new Set([...code.matchAll(importedPath)].map(([, , , path]) => path!))];
  const urls = new Map<string, string>();
  for (const path of paths) urls.set(path, await asDataUrl(new URL(path, url)));
  return dataUrl(
    code.replace(
      importedPath,
      (_, keyword: string, quote: string, path: string) => `${keyword}${quote}${urls.get(path) ?? path}${quote}`,
    ),
  );
}

function dataUrl(code: string): string {
  return `data:text/javascript;charset=utf-8,${encodeURIComponent(code).replaceAll("'", '%27')}`;
}
