/** Not needed before something is stored or learned. */
export const loadKeeper = () => import('./version-keeper.ts');

/** Begins to load it, for whoever has something else to wait for meanwhile. */
export function preloadKeeper(): void {
  loadKeeper().catch(() => undefined);
}
