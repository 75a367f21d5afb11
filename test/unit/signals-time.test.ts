import { describe, expect, it } from 'vitest';
import { ActiveTime } from '../../src/signals/capture/active-time.ts';
import { ClockWatch } from '../../src/signals/capture/clock-watch.ts';
import { HandTime } from './signals-fixture.ts';

describe('active time', () => {
  const open = (visible = true) => {
    const time = new HandTime();
    return { time, active: new ActiveTime(time, 15_000, visible) };
  };

  it('ends 15 s after the last input and goes on with the next', () => {
    const { time, active } = open();
    time.pass(10_000);
    active.input();
    time.pass(60_000);
    expect(active.activeMs()).toBe(25_000);
    active.input();
    time.pass(5_000);
    expect(active.activeMs()).toBe(30_000);
  });

  it('does not depend on when it is asked for', () => {
    const { time, active } = open();
    for (let second = 0; second < 20; second++) {
      time.pass(1_000);
      active.activeMs();
    }
    expect(active.activeMs()).toBe(15_000);
  });

  it('leaves out the time hidden, and takes coming back for an input', () => {
    const { time, active } = open();
    time.pass(4_000);
    active.setVisible(false);
    time.pass(100_000);
    active.setVisible(true);
    time.pass(3_000);
    expect(active.activeMs()).toBe(7_000);
  });

  it('begins when a page that was opened in the background is shown', () => {
    const { time, active } = open(false);
    time.pass(50_000);
    active.input();
    time.pass(1_000);
    expect(active.activeMs()).toBe(0);
    active.setVisible(true);
    time.pass(2_000);
    expect(active.activeMs()).toBe(2_000);
  });

  it('goes on without a hand while something plays', () => {
    const { time, active } = open();
    active.setPlaying(1);
    time.pass(120_000);
    active.setPlaying(0);
    time.pass(20_000);
    expect(active.activeMs()).toBe(135_000);
  });
});

describe('the watch on the clock', () => {
  it('gives the device’s time while nobody sets it', () => {
    const time = new HandTime();
    const watch = new ClockWatch(time);
    time.pass(3_600_000);
    expect(watch.now()).toEqual({ atMs: time.wall, monotonicMs: time.monotonic, jumped: false });
  });

  it.each([3_600_000, -3_600_000])('goes on by the page’s own time for a minute after a jump of %i ms', (jump) => {
    const time = new HandTime();
    const watch = new ClockWatch(time);
    const before = time.wall;
    time.wall += jump;
    time.pass(1_000);
    expect(watch.now()).toMatchObject({ atMs: before + 1_000, jumped: true });
    time.pass(59_999);
    expect(watch.now()).toMatchObject({ jumped: true });
    time.pass(1);
    expect(watch.now()).toMatchObject({ atMs: before + jump + 61_000, jumped: false });
    time.pass(1_000);
    expect(watch.now().jumped).toBe(false);
  });

  it('is not alarmed by a clock that is set right again', () => {
    const time = new HandTime();
    const watch = new ClockWatch(time);
    time.wall += 10_000;
    expect(watch.now().jumped).toBe(true);
    time.wall -= 10_000;
    expect(watch.now().jumped).toBe(false);
  });

  it('follows a slow drift', () => {
    const time = new HandTime();
    const watch = new ClockWatch(time);
    for (let hour = 0; hour < 10; hour++) {
      time.pass(3_600_000);
      time.wall += 1_500;
      expect(watch.now().jumped).toBe(false);
    }
  });

  it('takes the time of a device that slept while the page was hidden', () => {
    const time = new HandTime();
    const watch = new ClockWatch(time);
    time.wall += 8 * 3_600_000;
    watch.shown();
    expect(watch.now()).toMatchObject({ atMs: time.wall, jumped: false });
  });
});
