const DURATION_MS = 420;
/** Farther than this an element fades in at its new place: a long flight across the page tells nothing. */
const LONGEST_GLIDE_PX = 900;

/** Runs `change` and lets what was and is in view glide from its old place to the new one (the "FLIP" technique of Paul Lewis, 2015). */
export function moveGently(elements: readonly Element[], change: () => void): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    change();
    return;
  }
  const before = new Map(elements.map((element) => [element, element.getBoundingClientRect().top]));
  const parent = elements[0]?.parentElement;
  change();
  if (!parent) return;
  const moves = [...parent.children].map((element) => ({
    element,
    from: before.get(element),
    to: element.getBoundingClientRect().top,
  }));
  for (const { element, from, to } of moves) {
    if (to > innerHeight || to < -200 || from === to) continue;
    element.animate(keyframes(from, to), { duration: DURATION_MS, easing: 'cubic-bezier(0.2, 0, 0, 1)' });
  }
}

function keyframes(from: number | undefined, to: number): Keyframe[] {
  if (from === undefined || Math.abs(from - to) > LONGEST_GLIDE_PX) return [{ opacity: 0 }, { opacity: 1 }];
  return [{ transform: `translateY(${from - to}px)` }, { transform: 'none' }];
}
