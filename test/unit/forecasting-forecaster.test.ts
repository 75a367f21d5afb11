import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { ExponentialSmoothing } from '../../src/learners/forecasting/exponential-smoothing.ts';
import { Forecaster } from '../../src/learners/forecasting/forecaster.ts';
import { MAX_HORIZON } from '../../src/learners/forecasting/forecast-options.ts';
import { SeriesHistory } from '../../src/learners/forecasting/series-history.ts';
import { expectCode } from '../support/expect-code.ts';

const SEASON = 12;
const wave = (time: number) => 50 + 10 * Math.sin((2 * Math.PI * time) / SEASON) + 0.02 * time;
const noisy = (count: number, rng: Rng, size = 1) =>
  Array.from({ length: count }, (_, time) => wave(time) + size * rng.nextGaussian());

describe('SeriesHistory', () => {
  it('remembers by time, carries the last known value forward and forgets what is too old', () => {
    const history = new SeriesHistory(5);
    expect(history.at(3)).toBeNaN();
    history.advance(-2);
    history.set(-2, 7);
    history.advance(1);
    expect([history.at(1), history.at(-2), history.has(1), history.has(-2)]).toEqual([7, 7, false, true]);
    history.set(0, 8);
    expect([history.at(-1), history.at(0), history.at(1)]).toEqual([7, 8, 8]);
    history.advance(3);
    expect([history.reaches(-2), history.has(-2), history.at(-1), history.at(3)]).toEqual([false, false, NaN, 8]);
    history.advance(1000);
    expect(history.at(1000)).toBeNaN();
  });
});

describe('ExponentialSmoothing', () => {
  it('continues a trend and a season', () => {
    const smoothing = new ExponentialSmoothing({ level: 0.3, trend: 0.05, seasonal: 0.3, damping: 1, season: SEASON });
    for (let time = 0; time < 600; time++) smoothing.learn(time, wave(time));
    for (const horizon of [1, 5, 12]) {
      expect(Math.abs(smoothing.forecast(599, horizon) - wave(599 + horizon))).toBeLessThan(0.5);
    }
  });

  it('is hardly moved by one wild value', () => {
    const smoothing = new ExponentialSmoothing({ level: 0.5, trend: 0, seasonal: 0, damping: 0.9, season: 0 });
    const rng = Rng.fromSeed(1);
    for (let time = 0; time < 200; time++) smoothing.learn(time, 10 + rng.nextGaussian());
    smoothing.learn(200, 1e6);
    expect(Math.abs(smoothing.forecast(200, 1) - 10)).toBeLessThan(5);
  });
});

describe('Forecaster', () => {
  const make = () => new Forecaster({ horizon: 6, lags: 4, season: SEASON, coverage: 0.8 });
  const feed = (forecaster: Forecaster, values: readonly number[], start = 0) =>
    values.forEach((value, index) => forecaster.observe({ time: start + index, value }));

  it('forecasts a seasonal series nearly as well as its noise allows, with intervals that hold', () => {
    const values = noisy(1500, Rng.fromSeed(1));
    const forecaster = make();
    const errors = new Float64Array(6);
    const held = new Float64Array(6);
    values.forEach((value, time) => {
      expect(forecaster.observe({ time, value })).toBe('learned');
      const steps = forecaster.forecast();
      expect(steps.map((step) => step.time)).toEqual([1, 2, 3, 4, 5, 6].map((step) => time + step));
      if (time < 500 || time >= 1494) return;
      steps.forEach((step, index) => {
        const actual = values[step.time]!;
        errors[index]! += Math.abs(step.value - actual) / 994;
        held[index]! += actual >= step.lower && actual <= step.upper ? 1 / 994 : 0;
      });
    });
    // Mean size of the noise is 0.8.
    expect(Math.max(...errors)).toBeLessThan(1);
    for (const share of held) expect(Math.abs(share - 0.8)).toBeLessThan(0.06);
  });

  it('gives nothing before the first value and everything after it', () => {
    const forecaster = make();
    expect(forecaster.forecast()).toEqual([]);
    expect(forecaster.observe({ time: 5, value: null })).toBe('advanced');
    expect(forecaster.forecast()).toEqual([]);
    forecaster.observe({ time: 6, value: 3 });
    expect(forecaster.forecast()).toHaveLength(6);
    expect(forecaster.forecast()[0]).toEqual({ time: 7, value: 3, lower: -Infinity, upper: Infinity });
  });

  it('learns a time once: what comes again or too late changes nothing', () => {
    const forecaster = make();
    feed(forecaster, noisy(300, Rng.fromSeed(1)));
    const before = forecaster.state();
    expect(forecaster.observe({ time: 299, value: 1e6 })).toBe('ignored');
    expect(forecaster.observe({ time: 290, value: 1e6 })).toBe('ignored');
    expect(forecaster.observe({ time: 3, value: 1e6 })).toBe('ignored');
    expect(forecaster.observe({ time: 299, value: null })).toBe('ignored');
    expect(forecaster.state()).toEqual(before);
  });

  it('learns a value that comes late, and then no more', () => {
    const values = noisy(300, Rng.fromSeed(1));
    const forecaster = make();
    values.forEach((value, time) => forecaster.observe({ time, value: time === 290 ? null : value }));
    const before = forecaster.state();
    expect(forecaster.observe({ time: 290, value: values[290]! })).toBe('learned');
    const after = forecaster.state();
    expect(after.tensors['horizon3/solver0/own/coefficients']).not.toEqual(
      before.tensors['horizon3/solver0/own/coefficients'],
    );
    expect(after.tensors['horizon3/combination/members/losses']).not.toEqual(
      before.tensors['horizon3/combination/members/losses'],
    );
    expect(forecaster.observe({ time: 290, value: values[290]! })).toBe('ignored');
    expect(forecaster.state()).toEqual(after);
  });

  it('learns each horizon of a value once, whatever order values come in', () => {
    // Every (origin, horizon) adds one residual to the window of its horizon.
    const counted = (order: readonly number[]) => {
      const forecaster = make();
      for (let time = 0; time < 40; time++) forecaster.observe({ time, value: time < 20 ? wave(time) : null });
      for (const time of order) forecaster.observe({ time, value: wave(time) });
      return [1, 6].map((horizon) => forecaster.state().tensors[`horizon${horizon}/intervals/own/ring`]![1]);
    };
    const late = Array.from({ length: 20 }, (_, index) => 20 + index);
    // Forecasts are kept from time 3 on.
    const expected = [36, 31];
    expect(counted(late)).toEqual(expected);
    expect(counted(Rng.fromSeed(1).shuffle([...late, ...late]))).toEqual(expected);
  });

  it('keeps on through gaps, missing values, jumps of the level and wild values', () => {
    const rng = Rng.fromSeed(4);
    const forecaster = make();
    let [error, count] = [0, 0];
    const truth = (time: number) => wave(time) + (time > 900 ? 500 : 0);
    for (let time = 0; time < 1800; time++) {
      if (time > 400 && time < 430) continue;
      const steps = forecaster.forecast();
      const next = steps[0];
      if (time > 1400 && next?.time === time) {
        error += Math.abs(next.value - truth(time));
        count++;
      }
      const wild = rng.nextFloat() < 0.05 ? 1000 : 0;
      const value = rng.nextFloat() < 0.1 ? null : truth(time) + rng.nextGaussian() + wild;
      forecaster.observe({ time, value });
      for (const step of steps) expect(Number.isFinite(step.value)).toBe(true);
    }
    expect(error / count).toBeLessThan(3);
  });

  it('uses numbers that are known ahead', () => {
    const error = (exogenous: number) => {
      const forecaster = new Forecaster({ horizon: 2, lags: 2, exogenous });
      const rng = Rng.fromSeed(5);
      const outside = Array.from({ length: 803 }, () => rng.nextGaussian());
      let sum = 0;
      for (let time = 0; time < 800; time++) {
        const value = 100 + 20 * outside[time]! + rng.nextGaussian();
        const ahead = exogenous ? [[outside[time + 1]!], [outside[time + 2]!]] : [];
        const step = forecaster.forecast(exogenous ? [[outside[time]!]] : [])[0];
        if (time >= 400) sum += Math.abs(step!.value - value) / 400;
        forecaster.observe({ time, value, ...(exogenous ? { exogenous: [outside[time]!] } : {}) }, ahead);
      }
      return sum;
    };
    expect(error(1)).toBeLessThan(2);
    expect(error(0)).toBeGreaterThan(10);
  });

  it('does not mind the unit', () => {
    const forecast = (unit: number) => {
      const forecaster = make();
      feed(
        forecaster,
        noisy(400, Rng.fromSeed(1)).map((value) => unit * value),
      );
      return forecaster.forecast().map(({ value, lower, upper }) => [value / unit, lower / unit, upper / unit]);
    };
    const [one, large] = [forecast(1), forecast(2 ** 30)];
    large.flat().forEach((value, index) => expect(value).toBeCloseTo(one.flat()[index]!, 3));
  });

  it('continues a restored state bit for bit, and refuses a damaged one', async () => {
    const values = noisy(500, Rng.fromSeed(1));
    const [one, other] = [make(), make()];
    feed(one, values.slice(0, 300));
    const state = one.state();
    other.restore(structuredClone(state));
    feed(one, values.slice(300), 300);
    feed(other, values.slice(300), 300);
    expect(other.forecast()).toEqual(one.forecast());
    expect(other.state()).toEqual(one.state());
    for (const name of Object.keys(state.tensors)) {
      const { [name]: gone, ...tensors } = state.tensors;
      expect(gone).toBeDefined();
      await expectCode(() => other.restore({ ...state, tensors }), 'CHECKPOINT_CORRUPT');
    }
  });

  it('stores less than a megabyte at the longest horizon', () => {
    const forecaster = new Forecaster({ horizon: MAX_HORIZON, season: [24, 168] });
    const bytes = Object.values(forecaster.state().tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
    expect(bytes).toBeLessThan(1e6);
  });

  it('refuses options, times and values that are none', async () => {
    for (const options of [
      { horizon: 0 },
      { horizon: MAX_HORIZON + 1 },
      { horizon: 1.5 },
      { horizon: 1, lags: 0 },
      { horizon: 1, season: 1 },
      { horizon: 1, season: [2, 3, 4] },
      { horizon: 1, coverage: 1 },
      { horizon: 1, exogenous: -1 },
    ]) {
      await expectCode(() => new Forecaster(options), 'INVALID_CONFIG');
    }
    for (const observation of [
      { time: 0.5, value: 1 },
      { time: NaN, value: 1 },
      { time: 2 ** 60, value: 1 },
      { time: 1, value: Infinity },
    ]) {
      await expectCode(() => make().observe(observation), 'INVALID_DATA');
    }
  });
});
