// The front door of the kernels: every export, no logic. Each function that works through samples or documents takes a
// range, so that the host can call it in short chunks: V8 optimises a function between its calls.

export {
  addTerm,
  adoptRows,
  adoptTerms,
  clearRows,
  countDocuments,
  createCounts,
  destroyCounts,
  documentCount,
  documentFrequencies,
  orderRows,
  pickCounts,
  roomForRows,
  rowTable,
  termBytes,
  termCount,
  termEnds,
} from './features/counts';
export { createCsr, destroyCsr, fillRows, joinCsr, scaleCsr, scaleRows, sumByLabel } from './features/csr';
export { computeIdf, fillIndptr, weighInPlace, weighRows } from './features/tfidf';
export {
  columnCount,
  copyTerms,
  destroyVocabulary,
  keepAllTerms,
  keptTermBytes,
  rankByFrequency,
  selectTerms,
} from './features/vocabulary';
export {
  certifiedGap,
  certifiedLoss,
  certify,
  dualSlack,
  halfSquares,
  moveIntercepts,
  slackChange,
  sumWeights,
  tiltDual,
} from './linear/certificate';
export { createLbfgs, destroyLbfgs, gradientOf } from './linear/lbfgs';
export { minimiseStep, squaredGradient } from './linear/minimise';
export { createObjective, destroyObjective, gradient, setPoint, unknowns } from './linear/objective';
export { createProblem, destroyProblem, dualOf, interceptsOf, paddedWidth, weightsOf } from './linear/problem';
export { multiplyRows } from './linear/rows';
export { sdcaBegin, sdcaVisit, squaredNorms } from './linear/sdca';
export { createSgd, destroySgd, sgdFinish, sgdVisit } from './linear/sgd';
export { allocate, allocatedBytes, allocateZeroed, failure, free, setMemoryLimit } from './memory/arena';
export { addRecords, addTerms, createBlock, destroyBlock, orderByIdf } from './serving/block';
export { addBlock, finishRaw, startRaw } from './serving/predictor';
export { addStopWord, createAnalyzer, destroyAnalyzer } from './text/analyzer';
export { collectedBytes, collectedEnds, collectedTerms, collectTerms } from './text/collect';
export { lengthPrepared, prepare } from './text/words';

/** Raised with every change of these exports or of a layout; the host refuses a module with another number. */
export function abi(): i32 {
  return 5;
}
