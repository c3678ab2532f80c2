// Rows times weights and its transpose, for one row at a time: z = W xᵢ + b, and W += δ xᵢᵀ. One form for any number
// of outputs, one for up to four in a register, one for a single output.
import { ENTRY, rowBegin, rowEnd, rowsOf } from '../features/csr';
import { csrOf, interceptsOf, weightsOf } from './problem';

/** z = W xᵢ + b over all lanes, at `target`: four rows of W at a time, so that their cache misses overlap. */
export function forward(problem: usize, i: u32, width: u32, target: usize): void {
  const csr = csrOf(problem);
  const rowBytes = <usize>width * 4;
  for (let lane: usize = 0; lane < rowBytes; lane += 16) {
    v128.store(target + lane, v128.load(interceptsOf(problem) + lane));
  }
  addRow(rowBegin(csr, i), rowEnd(csr, i), weightsOf(problem), rowBytes, target);
}

/** out = X W for all rows of `csr` and weights (f32, features × width); out is rows × width, and zero before. */
export function multiplyRows(csr: usize, weights: usize, width: u32, out: usize): void {
  const rowBytes = <usize>width * 4;
  for (let i: u32 = 0; i < rowsOf(csr); i++, out += rowBytes) {
    if (width > 1) {
      addRow(rowBegin(csr, i), rowEnd(csr, i), weights, rowBytes, out);
      continue;
    }
    let total: f32 = 0;
    for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
      total += load<f32>(at, 4) * load<f32>(weights + <usize>load<u32>(at) * 4);
    }
    store<f32>(out, total);
  }
}

/** target += Σ value · row of weights, over the entries of a row. */
function addRow(at: usize, end: usize, weights: usize, rowBytes: usize, target: usize): void {
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    const a = weights + <usize>load<u32>(at) * rowBytes;
    const b = weights + <usize>load<u32>(at, 8) * rowBytes;
    const c = weights + <usize>load<u32>(at, 16) * rowBytes;
    const d = weights + <usize>load<u32>(at, 24) * rowBytes;
    const va = v128.load32_splat(at, 4);
    const vb = v128.load32_splat(at, 12);
    const vc = v128.load32_splat(at, 20);
    const vd = v128.load32_splat(at, 28);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const left = f32x4.add(f32x4.mul(va, v128.load(a + lane)), f32x4.mul(vb, v128.load(b + lane)));
      const right = f32x4.add(f32x4.mul(vc, v128.load(c + lane)), f32x4.mul(vd, v128.load(d + lane)));
      v128.store(target + lane, f32x4.add(v128.load(target + lane), f32x4.add(left, right)));
    }
  }
  for (; at < end; at += ENTRY) {
    const row = weights + <usize>load<u32>(at) * rowBytes;
    const value = v128.load32_splat(at, 4);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const sum = f32x4.add(v128.load(target + lane), f32x4.mul(value, v128.load(row + lane)));
      v128.store(target + lane, sum);
    }
  }
}

/** W += δ xᵢᵀ for the δ (f32, width) at `delta`. */
export function backward(problem: usize, i: u32, width: u32, delta: usize): void {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const rowBytes = <usize>width * 4;
  const weights = weightsOf(problem);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const row = weights + <usize>load<u32>(at) * rowBytes;
    const value = v128.load32_splat(at, 4);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      v128.store(row + lane, f32x4.add(v128.load(row + lane), f32x4.mul(value, v128.load(delta + lane))));
    }
  }
}

/** z of at most four outputs, in a register. */
export function forwardFour(problem: usize, i: u32): v128 {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const weights = weightsOf(problem);
  let at = rowBegin(csr, i);
  let a = v128.load(interceptsOf(problem));
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(at, 4), v128.load(weights + ((<usize>load<u32>(at)) << 4))));
    b = f32x4.add(b, f32x4.mul(v128.load32_splat(at, 12), v128.load(weights + ((<usize>load<u32>(at, 8)) << 4))));
    c = f32x4.add(c, f32x4.mul(v128.load32_splat(at, 20), v128.load(weights + ((<usize>load<u32>(at, 16)) << 4))));
    d = f32x4.add(d, f32x4.mul(v128.load32_splat(at, 28), v128.load(weights + ((<usize>load<u32>(at, 24)) << 4))));
  }
  for (; at < end; at += ENTRY) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(at, 4), v128.load(weights + ((<usize>load<u32>(at)) << 4))));
  }
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** `backward` for at most four outputs. */
export function backwardFour(problem: usize, i: u32, step: v128): void {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const weights = weightsOf(problem);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const row = weights + ((<usize>load<u32>(at)) << 4);
    v128.store(row, f32x4.add(v128.load(row), f32x4.mul(v128.load32_splat(at, 4), step)));
  }
}

/** Raw prediction of the only output. */
export function forwardOne(problem: usize, i: u32): f32 {
  const csr = csrOf(problem);
  const weights = weightsOf(problem);
  const end = rowEnd(csr, i);
  let at = rowBegin(csr, i);
  let a = load<f32>(interceptsOf(problem));
  let b: f32 = 0;
  let c: f32 = 0;
  let d: f32 = 0;
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    a += load<f32>(at, 4) * load<f32>(weights + <usize>load<u32>(at) * 4);
    b += load<f32>(at, 12) * load<f32>(weights + <usize>load<u32>(at, 8) * 4);
    c += load<f32>(at, 20) * load<f32>(weights + <usize>load<u32>(at, 16) * 4);
    d += load<f32>(at, 28) * load<f32>(weights + <usize>load<u32>(at, 24) * 4);
  }
  for (; at < end; at += ENTRY) a += load<f32>(at, 4) * load<f32>(weights + <usize>load<u32>(at) * 4);
  return a + b + (c + d);
}

/** `backward` for the only output. */
export function backwardOne(problem: usize, i: u32, step: f32): void {
  const csr = csrOf(problem);
  const weights = weightsOf(problem);
  const end = rowEnd(csr, i);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const weight = weights + <usize>load<u32>(at) * 4;
    store<f32>(weight, load<f32>(weight) + load<f32>(at, 4) * step);
  }
}
