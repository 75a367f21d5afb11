import { numberedColumns, type StreamGenerator } from './stream.ts';

const questions = 9;
const levels = 3;
const pairs = 4;

/**
 * Answers on scales of three levels, two classes drawn from a logistic model with main effects and four products of two answers: little but
 * mostly additive evidence, no drift. Meant for short streams.
 */
export const questionnaire: StreamGenerator = {
  columns: [...numberedColumns('q', questions), 'label'],
  *rows(count, rng) {
    const effects = Array.from({ length: questions }, () => 1.6 * rng.nextGaussian());
    const products = Array.from({ length: pairs }, () => ({
      left: rng.nextInt(questions),
      right: rng.nextInt(questions),
      effect: 2 * rng.nextGaussian(),
    }));
    for (let row = 0; row < count; row++) {
      const answers = Array.from({ length: questions }, () => rng.nextInt(levels) / (levels - 1));
      const centred = answers.map((answer) => 2 * answer - 1);
      const main = centred.reduce((sum, answer, index) => sum + answer * (effects[index] ?? 0), 0);
      const joint = products.reduce(
        (sum, { left, right, effect }) => sum + effect * (centred[left] ?? 0) * (centred[right] ?? 0),
        0,
      );
      yield [...answers, rng.nextFloat() < 1 / (1 + Math.exp(-main - joint)) ? 'yes' : 'no'];
    }
  },
};
