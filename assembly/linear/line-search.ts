// Step length along a direction of descent of a convex function: the strong Wolfe conditions, by bracketing and
// cubic or halving steps. Knows φ(t) and φ′(t) only.

/** Returns φ(t) and writes φ′(t) (f64) to `slope`. */
export type Ray = (state: usize, t: f64, slope: usize) => f64;

/** Least decrease (c₁) and largest remaining slope (c₂), as shares of φ′(0): Nocedal and Wright, chapter 3. */
const leastDecrease: f64 = 1e-4;
const largestSlope: f64 = 0.9;
const mostTrials: i32 = 40;

const slopeCell: usize = memory.data(8, 8);

/** A step from φ(0) = `value` with φ′(0) = `slope` < 0, tried first at `first`; 0 when none makes φ smaller. */
export function searchLine(state: usize, ray: Ray, value: f64, slope: f64, first: f64): f64 {
  let low: f64 = 0;
  let lowValue = value;
  let lowSlope = slope;
  let high: f64 = 0;
  let t = first;
  // Near the optimum φ's rounding errors hide its decrease; its slope still tells which way to go.
  const noise = 1e-14 * Math.abs(value);
  for (let trial = 0; trial < mostTrials; trial++) {
    const phi = ray(state, t, slopeCell);
    const phiSlope = load<f64>(slopeCell);
    if (!(phi <= value + leastDecrease * t * slope + noise)) high = t;
    else if (Math.abs(phiSlope) <= -largestSlope * slope) return t;
    else if (phiSlope > 0) high = t;
    else {
      low = t;
      lowValue = phi;
      lowSlope = phiSlope;
    }
    if (high == 0) t = low * 4;
    else t = inside(low, lowValue, lowSlope, t == high ? t : high, phi, t == high);
  }
  return low > 0 && lowValue < value ? low : 0;
}

/** A point of (low, high): the minimum of the parabola through φ(low), φ′(low), φ(high) where that is well inside. */
function inside(low: f64, lowValue: f64, lowSlope: f64, high: f64, highValue: f64, isKnown: bool): f64 {
  const width = high - low;
  if (isKnown && highValue < Infinity) {
    const curvature = (highValue - lowValue - lowSlope * width) / (width * width);
    const t = low - lowSlope / (2 * curvature);
    if (t > low + 0.1 * width && t < high - 0.1 * width) return t;
  }
  return low + 0.5 * width;
}
