/**
 * exp and log in double precision out of additions, multiplications and divisions alone, so that every engine gives the same bits, which an imported
 * `Math.exp` would not. Accurate to 1e-12, far below the single precision of what they are used for.
 */

const log2e: f64 = 1.4426950408889634;
/** ln 2 in two parts: multiples of the first are exact. */
const ln2High: f64 = 0.6931471803691238;
const ln2Low: f64 = 1.9082149292705877e-10;

/** e^x for x ≤ 0 or NaN: 2ⁿ times the Taylor series of the rest, which is at most ½ ln 2. */
export function expOfNegative(x: f64): f64 {
  if (x != x) return x;
  if (x < -700) return 0;
  const n = nearest(x * log2e);
  const r = x - n * ln2High - n * ln2Low;
  let sum = 1.0 + r / 10;
  sum = 1.0 + (r / 9) * sum;
  sum = 1.0 + (r / 8) * sum;
  sum = 1.0 + (r / 7) * sum;
  sum = 1.0 + (r / 6) * sum;
  sum = 1.0 + (r / 5) * sum;
  sum = 1.0 + (r / 4) * sum;
  sum = 1.0 + (r / 3) * sum;
  sum = 1.0 + (r / 2) * sum;
  sum = 1.0 + r * sum;
  return sum * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** ln x for normal x > 0; −∞ for 0, NaN for NaN: ln m = 2 artanh((m − 1) / (m + 1)) of the mantissa, brought to [√½, √2). */
export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  const bits = reinterpret<i64>(x);
  let exponent = <f64>((bits >> 52) - 1023);
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  const square = t * t;
  let sum: f64 = 0;
  for (let odd: f64 = 17; odd >= 1; odd -= 2) sum = sum * square + 1 / odd;
  return exponent * ln2High + (exponent * ln2Low + 2 * t * sum);
}
