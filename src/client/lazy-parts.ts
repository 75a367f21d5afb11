import type { DevicePart } from './device.ts';
import type { CapturePart } from './feed.ts';
import type { ManagePart } from './manage.ts';
import type { PrivacyPart } from './privacy.ts';
import type { ReviewPart } from './review.ts';

/** What is loaded when it is first needed, from beside the library's script. */
export interface LazyParts {
  readonly privacy: () => Promise<PrivacyPart>;
  readonly capture: () => Promise<CapturePart>;
  readonly review: () => Promise<ReviewPart>;
  readonly manage: () => Promise<ManagePart>;
  readonly device: () => Promise<DevicePart>;
}

export function lazyParts(filesUrl: URL): LazyParts {
  const load = (name: string): Promise<unknown> => import(/* @vite-ignore */ new URL(name, filesUrl).href);
  return {
    privacy: () => load('privacy.mjs') as Promise<PrivacyPart>,
    capture: () => load('signals.mjs') as Promise<CapturePart>,
    review: () => load('review.mjs') as Promise<ReviewPart>,
    manage: () => load('manage.mjs') as Promise<ManagePart>,
    device: () => load('device.mjs') as Promise<DevicePart>,
  };
}
