import type { Browser, Page } from 'playwright';

/**
 * What Tendril costs the main thread, by Chromium's own trace.
 *
 * For every task of the page's main thread: how much of its CPU time went to Tendril? Two measures, and the larger one counts.
 * - Script events: the CPU time of FunctionCall, EvaluateScript and compile events of a script below `/tendril/`. Whatever such a call
 *   does is in it, structured cloning included; but what runs on in a microtask is not.
 * - Samples: the share of the task's profiler samples that have a function from below `/tendril/` anywhere on the stack, times the task's CPU
 *   time. Microtasks are in it; the page's own listeners that Tendril calls are in it too, to our disadvantage.
 * CPU time (`tdur`), not wall time: what the other processes of the machine do is not Tendril's doing.
 */
export interface MeasuredTask {
  readonly tendrilMs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, as `dur` and `tdur`. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly id?: string;
  readonly args?: { readonly name?: string; readonly fileName?: string; readonly data?: EventData };
}

interface EventData {
  readonly url?: string;
  readonly fileName?: string;
  readonly startTime?: number;
  readonly cpuProfile?: { readonly nodes?: readonly ProfileNode[]; readonly samples?: readonly number[] };
  readonly timeDeltas?: readonly number[];
  readonly isMainFrame?: boolean;
}

interface ProfileNode {
  readonly id: number;
  readonly parent?: number;
  readonly callFrame: { readonly url?: string };
}

interface Sample {
  readonly ts: number;
  readonly tendril: boolean;
}

/** FunctionCall, EvaluateScript and compiling; RunTask; the sampling profiler. */
const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-v8.cpu_profiler',
];
const SCRIPT_EVENTS = new Set(['FunctionCall', 'EvaluateScript', 'v8.compile', 'v8.compileModule']);
const TASK_EVENT = 'RunTask';

/** Runs `script` under the tracer. @returns every task of the main thread of this page's process */
export async function traceMainThread(
  browser: Browser,
  page: Page,
  script: () => Promise<void>,
): Promise<MeasuredTask[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  try {
    await script();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return measure(trace.traceEvents, new URL(page.url()).origin);
}

function measure(events: readonly TraceEvent[], origin: string): MeasuredTask[] {
  const { pid, tid } = mainThread(events, origin);
  const here = events.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X');
  const scripts = outermost(here.filter((event) => SCRIPT_EVENTS.has(event.name) && isTendrils(scriptUrl(event))));
  const samples = tendrilSamples(events, pid, tid);
  return outermost(here.filter(({ name }) => name === TASK_EVENT)).map((task) => {
    const within = samples.filter(({ ts }) => contains(task, ts));
    const sampled = within.length === 0 ? 0 : within.filter(({ tendril }) => tendril).length / within.length;
    const cpuMs = (task.tdur ?? task.dur ?? 0) / 1000;
    const direct = scripts
      .filter(({ ts }) => contains(task, ts))
      .reduce((total, event) => total + (event.tdur ?? event.dur ?? 0) / 1000, 0);
    return { tendrilMs: Math.max(direct, sampled * cpuMs), cpuMs, wallMs: (task.dur ?? 0) / 1000 };
  });
}

/** The thread that ran the page's own scripts. */
function mainThread(events: readonly TraceEvent[], origin: string): TraceEvent {
  const threads = new Map(
    events.filter(({ name }) => name === 'thread_name').map((event) => [`${event.pid}:${event.tid}`, event.args?.name]),
  );
  const found = events.find(
    (event) =>
      SCRIPT_EVENTS.has(event.name) &&
      (scriptUrl(event) ?? '').startsWith(origin) &&
      threads.get(`${event.pid}:${event.tid}`) === 'CrRendererMain',
  );
  if (!found) throw new Error('The trace holds no script of the page.');
  return found;
}

function scriptUrl({ args }: TraceEvent): string | undefined {
  return args?.data?.url ?? args?.data?.fileName ?? args?.fileName;
}

function isTendrils(url: string | undefined): boolean {
  return url !== undefined && url.includes('/tendril/');
}

/** Events that lie in no other one of the list, so that nothing is counted twice. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  const sorted = [...events].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const kept: TraceEvent[] = [];
  for (const event of sorted) {
    const last = kept.at(-1);
    if (!last || !contains(last, event.ts)) kept.push(event);
  }
  return kept;
}

function contains(event: TraceEvent, ts: number): boolean {
  return ts >= event.ts && ts < event.ts + (event.dur ?? 0);
}

/** The profiler's samples of this thread. Its nodes come in pieces; a node's parent always comes before it. */
function tendrilSamples(events: readonly TraceEvent[], pid: number, tid: number): Sample[] {
  const samples: Sample[] = [];
  const profiles = events.filter((event) => event.name === 'Profile' && event.pid === pid && event.tid === tid);
  for (const profile of profiles) {
    const onStack = new Map<number, boolean>();
    let ts = profile.args?.data?.startTime ?? profile.ts;
    const chunks = events.filter(
      (event) => event.name === 'ProfileChunk' && event.pid === pid && event.id === profile.id,
    );
    for (const { args } of chunks.sort((a, b) => a.ts - b.ts)) {
      for (const { id, parent, callFrame } of args?.data?.cpuProfile?.nodes ?? []) {
        onStack.set(id, isTendrils(callFrame.url) || (parent !== undefined && onStack.get(parent) === true));
      }
      (args?.data?.cpuProfile?.samples ?? []).forEach((node, index) => {
        ts += args?.data?.timeDeltas?.[index] ?? 0;
        samples.push({ ts, tendril: onStack.get(node) ?? false });
      });
    }
  }
  return samples;
}
