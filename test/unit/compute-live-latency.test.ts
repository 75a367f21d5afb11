import { describe, expect, it } from 'vitest';
import { LiveLatency } from '../../src/compute/probe/live-latency.ts';

/** How many of `windows` × 64 predictions of `ms` each contradict what was measured. */
function contradictions(live: LiveLatency, ms: (index: number) => number, windows: number): number {
  let count = 0;
  for (let index = 0; index < 64 * windows; index++) if (live.contradicts(ms(index))) count++;
  return count;
}

describe('live latency', () => {
  it('contradicts the probe when predictions take over three times as long, in three windows one after the other', () => {
    expect(contradictions(new LiveLatency(4), () => 12.1, 2)).toBe(0);
    expect(contradictions(new LiveLatency(4), () => 12.1, 3)).toBe(1);
    expect(contradictions(new LiveLatency(4), () => 11.9, 9)).toBe(0);
  });

  it('begins anew after it has said so, and after a window as fast as expected', () => {
    expect(contradictions(new LiveLatency(4), () => 20, 7)).toBe(2);
    expect(contradictions(new LiveLatency(4), (index) => (Math.floor(index / 64) % 3 === 2 ? 4 : 20), 9)).toBe(0);
  });

  it('passes over single slow ones, and differences that nobody waits for', () => {
    expect(contradictions(new LiveLatency(4), (index) => (index % 3 === 0 ? 100 : 4), 6)).toBe(0);
    expect(contradictions(new LiveLatency(0.1), () => 2, 6)).toBe(0);
  });
});
