/**
 * Whether a path always leads to the same file: a name that the build derived from the content, in one of the folders
 * that hold only such names. Elsewhere a name like `icon-maskable.png` would look the same.
 */
export function isImmutablePath(pathname: string): boolean {
  return /\/(?:assets|chunks)\/[^/]*-[\w-]{8}\.\w+$/.test(pathname);
}
