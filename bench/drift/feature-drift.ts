import type { FigureSection } from '../sections/section.ts';
import { costFigures } from './feature-drift-costs.ts';
import { elec2Figures } from './feature-drift-elec2.ts';
import { nullFigures } from './feature-drift-null.ts';
import { powerFigures } from './feature-drift-power.ts';
import { readRealRows } from './feature-drift-rows.ts';

export const featureDrift: FigureSection = {
  key: 'feature-drift',
  title: 'Drift of features',
  protocol:
    'Defaults: a reference of 1,024 rows, then blocks of 32 to 2,048; a level of 0.05 false alarms of any feature in 10,000 rows. The block lengths, the least distance that counts and how much excess variance counts were chosen on normal, lognormal, Cauchy, uniform and Zipf laws, autoregressions and visits of geometric length; the laws and data below are others. A find is the first row after which a drift is reported, of a move that comes at a random row; 40 runs each. Real rows are drawn with replacement, so that nothing changes but what is said.',
  async measure() {
    const real = await readRealRows();
    return [...nullFigures(real), ...powerFigures(real), ...elec2Figures(real), ...costFigures()];
  },
};
