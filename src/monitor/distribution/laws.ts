/** Chances under no change, of which the p-values are made. */

/** Lanczos's coefficients for g = 7 (Godfrey's table). */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const TERMS = 500;
const TINY = 1e-300;

/**
 * P(√n · D > lambda) of Kolmogorov's statistic for large n (Kolmogorov 1933). Its first term bounds it for every n (Massart 1990), and ties make the true
 * chance smaller: what is said here is never too little.
 */
export function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17 * sum) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** P(X > statistic) of the chi-square law: the regularised upper incomplete gamma function (Numerical Recipes, 6.2). */
export function chiSquareTail(statistic: number, degrees: number): number {
  if (!(statistic > 0)) return 1;
  const [a, x] = [degrees / 2, statistic / 2];
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerSeries(a, x) : factor * upperFraction(a, x);
}

/** Standard deviations on both sides of the mean within which a normal variable lies with this probability. */
export function normalDeviations(probability: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle * middle, 1) > 1 - probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ln Γ(x) for x > 0 (Lanczos 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x + 6.5;
  const sum = LANCZOS.reduce((total, coefficient, i) => total + (i === 0 ? coefficient : coefficient / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < TERMS && term > sum * 1e-16; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's continued fraction. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < TERMS; i++) {
    const factor = -i * (i - a);
    b += 2;
    d = 1 / notZero(factor * d + b);
    c = notZero(b + factor / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
