import type { PlaceChances, PlaceRule } from './place-rule.ts';

const best: PlaceChances = {
  write(_, out) {
    out.fill(0);
    out[0] = 1;
  },
};

/** The best candidate left. */
export class Greedy implements PlaceRule {
  begin(): PlaceChances {
    return best;
  }
}
