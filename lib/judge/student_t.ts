/** Student's t and the gamma functions that go with it; the degrees of freedom need not be whole. */

/** The probability that |t| exceeds this value: the two-sided p-value. */
export function tailsOfT(t: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return erfc(Math.abs(t) / Math.SQRT2);
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** The value that |t| exceeds with probability `alpha`: 2.228 for 5 % and 10 degrees of freedom. */
export function tQuantile(alpha: number, df: number): number {
  let [low, high] = [0, 2];
  while (tailsOfT(high, df) > alpha) [low, high] = [high, high * 2];
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (tailsOfT(middle, df) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22) as Lentz evaluates one. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it the function is reflected.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a),
  );
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / guard(1 + term * d, tiny);
      c = guard(1 + term / c, tiny);
      step = c * d;
      fraction *= step;
    }
    if (Math.abs(step - 1) < 1e-14) break;
  }
  return front * fraction;
}

function guard(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** Stirling's series (DLMF 5.11.1), after the argument was raised to where it is exact to 1e-14. */
export function logGamma(x: number): number {
  let [z, product] = [x, 1];
  for (; z < 12; z++) product *= z;
  const inverse = 1 / (z * z);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** The derivative of `logGamma` (DLMF 5.11.2). */
export function digamma(x: number): number {
  let [z, sum] = [x, 0];
  for (; z < 12; z++) sum -= 1 / z;
  const inverse = 1 / (z * z);
  return sum + Math.log(z) - 0.5 / z - inverse * (1 / 12 - inverse * (1 / 120 - inverse / 252));
}

/** The derivative of `digamma`. */
export function trigamma(x: number): number {
  let [z, sum] = [x, 0];
  for (; z < 12; z++) sum += 1 / (z * z);
  const inverse = 1 / (z * z);
  return sum + 1 / z + inverse / 2 + (inverse / z) * (1 / 6 - inverse * (1 / 30 - inverse / 42));
}

/** Where `trigamma`, which falls, has this value above 0. */
export function inverseTrigamma(value: number): number {
  let [low, high] = [1e-8, 1];
  while (trigamma(high) > value) high *= 2;
  for (let n = 0; n < 100; n++) {
    const middle = (low + high) / 2;
    if (trigamma(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The complementary error function, from the incomplete gamma function's continued fraction or series (DLMF 7.6, 7.9). */
function erfc(x: number): number {
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
