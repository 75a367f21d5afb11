import type { Rng } from '../../src/core/rng.ts';
import { partOf, type StreamGenerator } from './stream.ts';

interface Applicant {
  readonly salary: number;
  readonly commission: number;
  readonly age: number;
  readonly educationLevel: number;
  readonly loan: number;
}

const between = (value: number, low: number, high: number) => value >= low && value <= high;
/** Of three values, the one for the applicant's age group: under 40, under 60, older. */
const byAge = <T>(age: number, young: T, middle: T, old: T) => (age < 40 ? young : age < 60 ? middle : old);

/** Functions 2, 3 and 7 of the paper, numbered from 1: bands of the salary, sets of education levels, a linear rule. */
const functions: readonly ((applicant: Applicant) => boolean)[] = [
  ({ age, salary }) => between(salary, ...byAge<[number, number]>(age, [50e3, 100e3], [75e3, 125e3], [25e3, 75e3])),
  ({ age, educationLevel }) => byAge<readonly number[]>(age, [0, 1], [1, 2, 3], [2, 3, 4]).includes(educationLevel),
  ({ salary, commission, loan }) => (2 * (salary + commission)) / 3 - loan / 5 - 20e3 > 0,
];
const perturbation = 0.05;

/**
 * Loan applicants with numeric and categorical attributes (Agrawal, Imielinski and Swami 1993, doi 10.1109/69.250074): three abrupt
 * concepts of equal length; numeric attributes are perturbed by up to 5 % of their range after the label is drawn.
 */
export const agrawal: StreamGenerator = {
  columns: [
    'salary',
    'commission',
    'age',
    'education',
    'car',
    'zipcode',
    'house_value',
    'house_years',
    'loan',
    'label',
  ],
  *rows(count, rng) {
    for (let row = 0; row < count; row++) {
      const salary = 20e3 + rng.nextFloat() * 130e3;
      const commission = salary >= 75e3 ? 0 : 10e3 + rng.nextFloat() * 65e3;
      const age = 20 + rng.nextInt(61);
      const educationLevel = rng.nextInt(5);
      const car = rng.nextInt(20) + 1;
      const zipcode = rng.nextInt(9);
      const houseValue = (9 - zipcode) * 100e3 * (0.5 + rng.nextFloat());
      const houseYears = rng.nextInt(30) + 1;
      const loan = rng.nextFloat() * 500e3;
      const approved = functions[partOf(row, count, functions.length)]?.({
        salary,
        commission,
        age,
        educationLevel,
        loan,
      });
      yield [
        perturb(salary, 20e3, 150e3, rng),
        commission === 0 ? 0 : perturb(commission, 10e3, 75e3, rng),
        Math.round(perturb(age, 20, 80, rng)),
        `level ${String(educationLevel)}`,
        `make ${String(car)}`,
        `zip ${String(zipcode)}`,
        perturb(houseValue, 0, (9 - zipcode) * 150e3, rng),
        Math.round(perturb(houseYears, 1, 30, rng)),
        perturb(loan, 0, 500e3, rng),
        approved ? 'A' : 'B',
      ];
    }
  },
};

function perturb(value: number, low: number, high: number, rng: Rng): number {
  const moved = value + (high - low) * (2 * rng.nextFloat() - 1) * perturbation;
  return Math.min(high, Math.max(low, moved));
}
