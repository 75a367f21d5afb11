import type { Contender } from '../contender.ts';

export interface Call {
  readonly id: number;
  readonly method: keyof Contender;
  readonly args: readonly unknown[];
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

/** Answers the calls that come to this worker, or to this process where it is one of Node's, one after another. */
export function serve(contender: Contender): void {
  const answered = async ({ id, method, args }: Call): Promise<Answer> => {
    try {
      const called = contender[method].bind(contender) as (...given: readonly unknown[]) => Promise<unknown>;
      return { id, value: await called(...args) };
    } catch (caught) {
      return { id, error: caught instanceof Error ? (caught.stack ?? caught.message) : String(caught) };
    }
  };
  const send = parentProcess();
  if (send) process.on('message', (call: Call) => void answered(call).then(send));
  else
    globalThis.addEventListener('message', ({ data }: MessageEvent<Call>) => {
      void answered(data).then((answer) => globalThis.postMessage(answer));
    });
}

/** Undefined in a browser. */
function parentProcess(): ((answer: Answer) => void) | undefined {
  if (typeof process === 'undefined' || typeof process.send !== 'function') return undefined;
  return (answer) => void process.send?.(answer);
}
