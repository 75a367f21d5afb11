import type { ActiveTime } from './active-time.ts';
import type { Happening } from './recorder.ts';
import { closestAcross, ITEM, subjectOf, type Subject } from './subject.ts';

/** A step that is worth telling while it goes on. */
const STEP = 0.05;
const REMEMBERED = 100;

interface Played {
  /** As it was when it was played: it may be gone from the page when it is told. */
  subject: Subject | null;
  told: number;
}

/** The largest share of each audio and video in an item that was played, parts that were heard twice counted once. */
export class MediaWatch {
  readonly #active: ActiveTime;
  readonly #record: (happening: Happening) => void;
  readonly #played = new Map<HTMLMediaElement, Played>();

  constructor(active: ActiveTime, record: (happening: Happening) => void) {
    this.#active = active;
    this.#record = record;
  }

  readonly changed = (event: Event): void => {
    const { target } = event;
    if (!(target instanceof HTMLMediaElement)) return;
    if (event.type === 'play' || !this.#played.has(target)) this.#begin(target);
    else this.#tell(target, false, target.ended ? 0 : STEP);
    this.#countPlaying();
  };

  /** @param final whether the page ends: what plays then is over */
  leave(final: boolean): void {
    for (const media of this.#played.keys()) {
      this.#tell(media, !final && isPlaying(media), 0);
      if (!media.isConnected) this.#played.delete(media);
    }
    this.#countPlaying();
  }

  #begin(media: HTMLMediaElement): void {
    if (this.#played.size >= REMEMBERED) this.leave(true);
    if (this.#played.size >= REMEMBERED) return;
    const item = closestAcross(media, ITEM);
    const subject = item && subjectOf(item);
    const before = this.#played.get(media);
    if (before?.subject?.place === subject?.place && before) return;
    this.#played.set(media, { subject, told: 0 });
  }

  #tell(media: HTMLMediaElement, censored: boolean, least: number): void {
    const played = this.#played.get(media);
    const share = shareOf(media);
    if (!played?.subject?.item || share <= played.told || share - played.told < least) return;
    played.told = share;
    this.#record({ type: 'media', subject: played.subject, value: share, censored });
  }

  #countPlaying(): void {
    this.#active.setPlaying([...this.#played.keys()].filter(isPlaying).length);
  }
}

function isPlaying(media: HTMLMediaElement): boolean {
  return !media.paused && !media.ended && media.isConnected;
}

/** 0 where the length is not known, as of a broadcast. */
function shareOf({ played, duration }: HTMLMediaElement): number {
  if (!Number.isFinite(duration) || duration <= 0) return 0;
  let seconds = 0;
  for (let range = 0; range < played.length; range++) seconds += played.end(range) - played.start(range);
  return Math.min(1, seconds / duration);
}
