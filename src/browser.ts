// The public API without the server, which is all of it that a browser or an edge runtime can use: re-exports only.
export { type CsrMatrix, fromDense } from './classifier/csr.ts';
export { loadModel } from './classifier/load-model.ts';
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
export type { ParsedLabelConfig } from './labelstudio/label-config.ts';
export type { Annotation, Json, Prediction, ResultItem, Task } from './labelstudio/types.ts';
export { type BackendContext, type FitContext, MLBackend, type PredictContext } from './sdk/backend.ts';
export { initialize } from './wasm/kernels.ts';
