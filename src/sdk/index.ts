// `sparrow-ml/sdk`: what a model class of one's own is made of. Re-exports only.
export { TextClassifier } from '../classifier/text-classifier.ts';
export { type ErrorCode, SparrowError } from '../errors.ts';
export type { EventProject, LabelEvent } from '../labelstudio/events.ts';
export type { ParsedLabelConfig } from '../labelstudio/label-config.ts';
export type { FetchedTexts } from '../labelstudio/task.ts';
export type { Annotation, Json, Prediction, ResultItem, Task } from '../labelstudio/types.ts';
export {
  type BackendContext,
  type BackendSettings,
  type ControlExplanation,
  type FitContext,
  MLBackend,
  type PredictContext,
} from './backend.ts';
export { type ContextParts, createContext, type ValueStore } from './context.ts';
export { LabelControl, LabelInterface } from './label-interface.ts';
export {
  type ControlReport,
  SimpleTextClassifier,
  type TrainedControl,
  type TrainOutput,
} from './simple-text-classifier.ts';
