import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { ValueDifference } from '../../src/versions/value-difference.ts';
import { expectCode } from '../support/expect-code.ts';

const ACTIONS = 5;
/** Chance of a click on each action: the champion's choice is 1, the challenger's 2. */
const RATES = [0.1, 0.2, 0.6, 0.1, 0.1];

function logged(count: number, seed: number, challenger = 2): ValueDifference {
  const rng = Rng.fromSeed(seed);
  const difference = new ValueDifference();
  for (let i = 0; i < count; i++) {
    const shown = rng.nextInt(ACTIONS);
    const reward = rng.nextFloat() < RATES[shown]! ? 1 : 0;
    difference.update({ propensity: 1 / ACTIONS, reward, champion: shown === 1, challenger: shown === challenger });
  }
  return difference;
}

describe('the difference in value of what two models put first', () => {
  it('is refused while the log says too little', () => {
    expect(logged(100, 1).bounds()).toBeNull();
  });

  it('holds the truth, and is proven when the log is long', () => {
    const bounds = logged(20_000, 1).bounds()!;
    expect(bounds.lower).toBeLessThan(0.4);
    expect(bounds.upper).toBeGreaterThan(0.4);
    expect(bounds.lower).toBeGreaterThan(0);
    expect(logged(20_000, 2, 0).bounds()!.upper, 'a worse one').toBeLessThan(0.2);
  });

  it('goes on to the same bits', async () => {
    const [whole, rest] = [logged(8000, 3), new ValueDifference()];
    rest.restore(JSON.parse(JSON.stringify(whole.state())));
    expect(rest.bounds()).toEqual(whole.bounds());
    await expectCode(() => new ValueDifference().restore({ champion: [1], challenger: [] }), 'CHECKPOINT_CORRUPT');
    await expectCode(() => new ValueDifference().restore(null), 'CHECKPOINT_CORRUPT');
  });
});
