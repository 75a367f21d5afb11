/** A module as the server gives it, with what it imports before it. */
interface ServedModule {
  readonly url: string;
  readonly code: string;
  /** Path in the code to the address of the module. */
  readonly imports: readonly (readonly [path: string, url: string])[];
}

/**
 * Runs a module in a worker of an opaque origin, where browsers forbid storage. Such a worker may load nothing from this server, so that the
 * module and all that it imports are sent to it as text.
 * @param url path of the module on this server
 * @param source body of an async function with `imported`, the module; what it returns is the answer
 */
export async function inOpaqueWorker(url: string, source: string): Promise<unknown> {
  const modules = new Map<string, ServedModule>();
  await collect(new URL(url, location.href).href, modules);
  const script = `
    ${withImports.toString()}
    onmessage = async ({ data: modules }) => {
      const urls = new Map();
      for (const module of modules) {
        const code = withImports(module.code, new Map(module.imports.map(([path, url]) => [path, urls.get(url)])));
        urls.set(module.url, URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
      }
      try {
        const imported = await import(urls.get(modules.at(-1).url));
        postMessage(await (async () => { ${source} })());
      } catch (caught) {
        postMessage('the worker failed: ' + caught);
      }
    };`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(script)}`);
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || 'the worker did not start'));
      worker.postMessage([...modules.values()]);
    });
  } finally {
    worker.terminate();
  }
}

/** Puts the module into `modules` behind everything that it imports; there are no cycles. */
async function collect(url: string, modules: Map<string, ServedModule>): Promise<void> {
  if (modules.has(url)) return;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}`);
  const code = await response.text();
  const imports: [string, string][] = [];
  withImports(code, { get: (path) => void imports.push([path, new URL(path, url).href]) });
  for (const [, imported] of imports) await collect(imported, modules);
  modules.set(url, { url, code, imports });
}

/** Replaces the paths after `from` and `import`. Also runs in the worker, as text. */
function withImports(code: string, urls: { get(path: string): unknown }): string {
  const imported = /(\bfrom\s*|\bimport\s*)(["'])(\.{0,2}\/[^"']+)\2/g;
  return code.replace(imported, (statement: string, keyword: string, _quote: string, path: string) => {
    const url = urls.get(path);
    return typeof url === 'string' ? `${keyword}"${url}"` : statement;
  });
}
