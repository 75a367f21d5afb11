import type { TendrilOptions } from 'tendril';

type BackendName = NonNullable<TendrilOptions['backends']>[number];

/** What the address of the page can set, e.g. `?seed=3&backends=cpu&registry=off`: for trying things out, and for tests. */
export interface Settings {
  readonly seed: number;
  readonly backends: BackendName[] | null;
  readonly registry: string | null;
  readonly namespace: string;
  /** Entry to open at once, e.g. from a link on another page. */
  readonly open: string | null;
}

const BACKENDS: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];
const DATABASE_NAME = /^[\w-]{1,60}$/;

export function readSettings(address: URL): Settings {
  const query = address.searchParams;
  const seed = Number(query.get('seed') ?? '1');
  const backends = BACKENDS.filter((name) => query.get('backends')?.split(',').includes(name));
  const namespace = query.get('namespace') ?? '';
  return {
    seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : 1,
    backends: backends.length > 0 ? backends : null,
    registry: query.get('registry') === 'off' ? null : address.origin,
    namespace: DATABASE_NAME.test(namespace) ? namespace : 'tendril',
    open: query.get('open'),
  };
}
