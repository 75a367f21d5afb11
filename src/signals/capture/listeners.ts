import type { Guard } from './guard.ts';

type Handler = (event: never) => void;
export type Handlers = Readonly<Record<string, Handler>>;

/** Listens before the page does, prevents nothing, and ends with `signal`. Nothing that a handler throws reaches the page. */
export function listen(target: EventTarget, handlers: Handlers, guard: Guard, signal: AbortSignal): void {
  for (const [type, handler] of Object.entries(handlers)) {
    const guarded = guard.wrap(handler) as (event: Event) => void;
    target.addEventListener(type, guarded, { capture: true, passive: true, signal });
  }
}
