// What a thread remembers of the controls that it trained: with one more label only that text is counted, and the solver
// goes on from where it ended. It can be forgotten at any time; the next fit is then from scratch.
import { Refit } from '../classifier/refit.ts';
import { type FitOptions, type Target, TextClassifier } from '../classifier/text-classifier.ts';

/** Below, nothing is kept: a fit takes some milliseconds, and kernels of their own would only hold memory. */
const keepFrom = 500;
/** Below, the solver starts from zero, and the same labels give the same model to the last bit. */
const goOnFrom = 2000;
/** What goes on has little left to do, and does it more exactly than a fit from scratch needs. */
const finerTol = 1e-5;
/** Controls that are remembered, and the memory of their kernels all told. */
const mostKept = 3;
const mostBytes = 768 * 2 ** 20;
/** More text than this, in UTF-16 units, would need more memory than one may keep: it is fitted and forgotten. */
const mostUnits = 8_000_000;

/** The refit of each control, and the options that it is for; the latest last. */
const refits = new Map<string, { readonly refit: Refit; readonly asked: string }>();

/** Fit a control of a project (`name`) with these options; by the same name and options it goes on from the last time. */
export function fitAgain(
  name: string,
  texts: readonly string[],
  targets: readonly Target[],
  options: FitOptions,
): TextClassifier {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (texts.length < keepFrom || units > mostUnits) {
    forget(name);
    return TextClassifier.fit(texts, targets, options);
  }
  const { sampleWeight, onProgress, ...lasting } = options;
  const goesOn = texts.length >= goOnFrom;
  const asked = JSON.stringify(lasting);
  // With other options than before it is another model: what was kept of it serves no more.
  if (refits.get(name)?.asked !== asked) forget(name);
  const known = refits.get(name)?.refit;
  const refit = known ?? new Refit(lasting);
  refits.delete(name);
  const model = refit.fit(texts, targets, {
    ...(sampleWeight && { sampleWeight }),
    ...(onProgress && { onProgress }),
    ...(known && goesOn && { tol: Math.min(finerTol, lasting.tol ?? finerTol) }),
    goesOn,
  });
  refits.set(name, { refit, asked });
  keepFew();
  return TextClassifier.of(model);
}

function forget(name: string): void {
  refits.get(name)?.refit.dispose();
  refits.delete(name);
}

function keepFew(): void {
  let held = 0;
  for (const { refit } of refits.values()) held += refit.heldBytes;
  for (const [name, { refit }] of refits) {
    if (refits.size <= mostKept && held <= mostBytes) return;
    held -= refit.heldBytes;
    forget(name);
  }
}
