interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** In the worker: answers what {@link openWorkerPage} calls, one after the other as they come. */
export function answerCalls(methods: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  globalThis.addEventListener('message', ({ data }: MessageEvent<Call>) => {
    void answer(methods, data);
  });
}

async function answer(
  methods: Readonly<Record<string, (...args: never[]) => unknown>>,
  { id, method, args }: Call,
): Promise<void> {
  try {
    const answered: unknown = await methods[method]?.(...(args as never[]));
    globalThis.postMessage({ id, answer: answered });
  } catch (caught) {
    globalThis.postMessage({ id, error: caught instanceof Error ? (caught.stack ?? caught.message) : String(caught) });
  }
}
