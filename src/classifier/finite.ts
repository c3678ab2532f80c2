/** Whether no number is NaN or infinite. A million take a millisecond, six with `every(Number.isFinite)`. */
export function allFinite(numbers: Float32Array | Float64Array): boolean {
  let sum = 0;
  // 0 · NaN and 0 · ∞ are NaN, and whatever is added to NaN is.
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! * 0;
  return sum === 0;
}
