/** Something to time. */
export interface Timed {
  /** Milliseconds that `calls` of it take. */
  run(calls: number): Promise<number>;
}

export interface Pace {
  readonly rounds: number;
  /** How long one contender's turn in a round should last: far above the steps of a browser's clock. */
  readonly turnMs: number;
  /** How long each runs before the first round, so that what is hot is compiled. */
  readonly warmUpMs: number;
}

const MOST_CALLS = 20_000;

/**
 * Times all in turns, the order turned round from round to round, so that what changes on the machine meanwhile touches all alike.
 * @returns milliseconds of one call, by round, for each in the order given
 */
export async function interleave(all: readonly Timed[], pace: Pace): Promise<readonly (readonly number[])[]> {
  const calls: number[] = [];
  for (const one of all) calls.push(await warmUp(one, pace));
  const times = all.map((): number[] => []);
  for (let round = 0; round < pace.rounds; round++) {
    const order = [...all.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) times[index]!.push((await all[index]!.run(calls[index]!)) / calls[index]!);
  }
  return times;
}

/** @returns how many calls fill a turn */
async function warmUp(timed: Timed, { turnMs, warmUpMs }: Pace): Promise<number> {
  let perCallMs = await timed.run(1);
  for (let spentMs = perCallMs; spentMs < warmUpMs;) {
    const calls = callsFor(turnMs, perCallMs);
    const ms = await timed.run(calls);
    spentMs += ms;
    perCallMs = ms / calls;
  }
  return callsFor(turnMs, perCallMs);
}

/** A call shorter than the clock's steps takes 0 ms. */
function callsFor(turnMs: number, perCallMs: number): number {
  return Math.min(Math.max(Math.ceil(turnMs / perCallMs), 1), MOST_CALLS);
}
