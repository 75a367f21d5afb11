import { isListed, nowhere, subjectOf, type Subject } from './subject.ts';

/** What is known of one item's place on the screen. */
export interface ItemView {
  readonly element: Element;
  subject: Subject;
  /** Whether it is one of those to choose from: then it gives impressions. */
  listed: boolean;
  /** Whether it is read here: then it gives reading time and depth. */
  read: boolean;
  /** Taller than the window, so that scrolling past it need not change how much of it is visible. */
  tall: boolean;
  /** When it last came into sight, by the clock that never jumps; null while out of sight. */
  inSightFromMs: number | null;
  /** Enough of it is visible to count as seen. */
  seen: boolean;
  /** Told apart from an earlier time that it was seen. */
  stay: number;
  /** Active time up to which its reading is counted. */
  countedToMs: number;
  /** Reading that is too short to be told yet. */
  untoldMs: number;
  /** Largest share that was scrolled through, and what of it was told. */
  depth: number;
  toldDepth: number;
}

export function viewOf(element: Element): ItemView {
  return {
    element,
    // Until it is seen for the first time.
    subject: nowhere,
    listed: false,
    read: false,
    tall: false,
    inSightFromMs: null,
    seen: false,
    stay: 0,
    countedToMs: 0,
    untoldMs: 0,
    depth: 0,
    toldDepth: 0,
  };
}

/** What the markup says of an item. What belongs to no list is read where it stands: an article, say. */
export function standing(element: Element): Pick<ItemView, 'subject' | 'listed' | 'read'> {
  const listed = isListed(element);
  return { subject: subjectOf(element), listed, read: !listed || element.hasAttribute('data-tendril-dwell') };
}

/** As advertising counts it (MRC/IAB viewable impressions): half of it, or, where it is taller than the window, half of the window. */
const SEEN_SHARE = 0.5;

type Sighting = Pick<IntersectionObserverEntry, 'intersectionRatio' | 'intersectionRect' | 'boundingClientRect'>;

/** @param windowHeight null where the browser does not tell (a frame of another origin) */
export function isSeen({ intersectionRatio, intersectionRect }: Sighting, windowHeight: number | null): boolean {
  if (intersectionRatio >= SEEN_SHARE) return true;
  return windowHeight !== null && windowHeight > 0 && intersectionRect.height >= SEEN_SHARE * windowHeight;
}

/** Share of the item above the lowest line of it that is visible. */
export function depthOf({ intersectionRect, boundingClientRect }: Sighting): number {
  const { top, height } = boundingClientRect;
  return height > 0 ? Math.min(1, Math.max(0, (intersectionRect.bottom - top) / height)) : 0;
}
