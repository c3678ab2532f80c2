// Texts to probabilities. A model is one block or several side by side, whose raw predictions add up.

import { exp4, max4, sum4 } from '../linear/dense';
import { paddedWidth, SOFTMAX } from '../linear/problem';
import { MEMO, WIDTH } from './block';
import { addByTerm } from './by-term';
import { addByWord } from './by-word';

/** Stands for −∞ in the unused lanes of a softmax. */
const absent: f32 = -1e30;

/** Set the raw predictions (f32, documents × padded width) of all documents to `intercepts` (f64, outputs). */
export function startRaw(raw: usize, nDocuments: u32, outputs: u32, loss: u32, intercepts: usize): void {
  const width = paddedWidth(outputs);
  for (let k: u32 = 0; k < width; k++) {
    const padding = loss == SOFTMAX ? absent : 0;
    store<f32>(raw + <usize>k * 4, k < outputs ? <f32>load<f64>(intercepts + <usize>k * 8) : padding);
  }
  const bytes = <usize>width * 4;
  for (let i: u32 = 1; i < nDocuments; i++) memory.copy(raw + <usize>i * bytes, raw, bytes);
}

/**
 * Add a block's part to the raw predictions of the texts that lie end to end at `texts`, text i up to `ends[i]` (u32).
 * Reads up to PADDING bytes beyond the last text.
 */
export function addBlock(block: usize, texts: usize, ends: usize, nDocuments: u32, raw: usize): void {
  const bytes = <usize>load<u32>(block, WIDTH) * 4;
  let start: u32 = 0;
  for (let i: u32 = 0; i < nDocuments; i++) {
    const end = load<u32>(ends + <usize>i * 4);
    const out = raw + <usize>i * bytes;
    if (load<u32>(block, MEMO) == 0) addByTerm(block, texts + start, end - start, out);
    else addByWord(block, texts + start, end - start, out);
    start = end;
  }
}

/** Turn raw predictions into probabilities (f64, documents × outputs); rows sum to one for SOFTMAX. `raw` is used up. */
export function finishRaw(raw: usize, nDocuments: u32, outputs: u32, loss: u32, out: usize): void {
  const bytes = <usize>paddedWidth(outputs) * 4;
  for (let i: u32 = 0; i < nDocuments; i++) {
    if (loss == SOFTMAX) softmaxInto(raw, outputs, out);
    else sigmoidsInto(raw, outputs, out);
    raw += bytes;
    out += <usize>outputs * 8;
  }
}

function softmaxInto(raw: usize, outputs: u32, out: usize): void {
  const bytes = <usize>paddedWidth(outputs) * 4;
  let largest = v128.load(raw);
  for (let lane: usize = 16; lane < bytes; lane += 16) largest = f32x4.max(largest, v128.load(raw + lane));
  const shift = f32x4.splat(max4(largest));
  let total: f64 = 0;
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const e = exp4(f32x4.sub(v128.load(raw + lane), shift));
    v128.store(raw + lane, e);
    total += <f64>sum4(e);
  }
  for (let k: u32 = 0; k < outputs; k++) {
    store<f64>(out + <usize>k * 8, <f64>load<f32>(raw + <usize>k * 4) / total);
  }
}

function sigmoidsInto(raw: usize, outputs: u32, out: usize): void {
  for (let k: u32 = 0; k < outputs; k++) {
    const z = <f64>load<f32>(raw + <usize>k * 4);
    const small = Math.exp(-Math.abs(z));
    store<f64>(out + <usize>k * 8, z >= 0 ? 1 / (1 + small) : small / (1 + small));
  }
}
