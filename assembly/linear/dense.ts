// Short dense vectors in SIMD: exponential, sums, maxima. Widths are multiples of four lanes.

/** e^x in each f32 lane for x ≤ 88; below −87 the result is about 0. Relative error below 2e-7. */
export function exp4(x: v128): v128 {
  // x = n·ln 2 + r, |r| ≤ ln 2 / 2; e^r by its Taylor polynomial of degree 6, 2^n by adding n to the exponent field.
  const clamped = f32x4.max(x, f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(<f32>Math.LOG2E)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693145752)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(1.42860677e-6)));
  let y = f32x4.add(f32x4.mul(r, f32x4.splat(0.00138888889)), f32x4.splat(0.00833333333));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.0416666667));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.166666667));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.5));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1));
  return i32x4.add(y, i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23));
}

/** Sum of the four lanes. */
export function sum4(x: v128): f32 {
  const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Largest of the four lanes. */
export function max4(x: v128): f32 {
  const pairs = f32x4.max(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Sum of the two f64 lanes. */
export function sum2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** a · b over `count` f64, an even count. */
export function dot(a: usize, b: usize, count: u32): f64 {
  let sum = f64x2.splat(0);
  for (const end = a + <usize>count * 8; a < end; a += 16, b += 16) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(a), v128.load(b)));
  }
  return sum2(sum);
}

/** y += scale · x over `count` f64, an even count. */
export function axpy(scale: f64, x: usize, y: usize, count: u32): void {
  const factor = f64x2.splat(scale);
  for (const end = x + <usize>count * 8; x < end; x += 16, y += 16) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factor, v128.load(x))));
  }
}

/** x *= scale over `count` f64, an even count. */
export function scaleBy(scale: f64, x: usize, count: u32): void {
  const factor = f64x2.splat(scale);
  for (const end = x + <usize>count * 8; x < end; x += 16) v128.store(x, f64x2.mul(factor, v128.load(x)));
}
