// The public API: re-exports only. What belongs to a server is reached lazily, so a browser can take the classifier.
export { type CsrMatrix, fromDense } from './classifier/csr.ts';
export { type FitSettings, LogisticRegression } from './classifier/logistic-regression.ts';
export type { ClassifierOptions, RegressionOptions, VectorizerOptions } from './classifier/options.ts';
export {
  type FitOptions,
  type FitProgress,
  type FitReport,
  type Target,
  TextClassifier,
} from './classifier/text-classifier.ts';
export { TfidfVectorizer } from './classifier/vectorizer.ts';
export { type ErrorCode, SparrowError } from './errors.ts';
export { initialize } from './wasm/kernels.ts';
