interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

/**
 * Starts the learner worker. A script from another origin cannot be a worker, so there a blob imports the classic build (which needs no CORS
 * header). Under `require-trusted-types-for 'script'` the URL goes through a policy named `tendril`.
 * @throws DOMException where the page's policy forbids it at once; a policy may also forbid it by an error event
 */
export function spawnWorker(url: URL): Worker {
  if (url.origin === location.origin) return new Worker(trusted(url.href), { type: 'module', name: 'tendril' });
  const classic = url.href.replace(/\.mjs(?=$|\?)/, '.js');
  const blob = new Blob([importing(classic)], { type: 'text/javascript' });
  const blobUrl = URL.createObjectURL(blob);
  return new Worker(trusted(blobUrl), { name: 'tendril' });
}

/** The blob inherits the page's content security policy, trusted types included. */
function importing(url: string): string {
  return `const url = ${JSON.stringify(url)};
const policy = self.trustedTypes && trustedTypes.createPolicy('tendril', { createScriptURL: (given) => given });
importScripts(policy ? policy.createScriptURL(url) : url);`;
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return url;
  policy ??= trustedTypes.createPolicy('tendril', { createScriptURL: (given) => given });
  return policy.createScriptURL(url);
}
