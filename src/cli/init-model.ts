// The model class that `sparrow init` writes where no script is given: the classic first model for Label Studio, whole and
// trained for real, and short enough to be read before it is changed. As text: it is the user's file, not part of Sparrow.
export const modelSource = `// A text classifier for Label Studio: change it into your own. \`predict\` answers tasks, \`fit\` learns from annotated ones.
import {
  type BackendContext,
  type FitContext,
  type LabelControl,
  MLBackend,
  type Prediction,
  type PredictContext,
  SparrowError,
  type Task,
  TextClassifier,
} from 'sparrow-ml/sdk';

/** What \`fit\` returns, and what the next instance finds as \`this.trainOutput\`. */
interface TrainOutput {
  labels: string[];
  modelFile: string;
}

export default class NewsClassifier extends MLBackend {
  readonly control: LabelControl;
  model!: TextClassifier;

  constructor(context: BackendContext) {
    super(context);
    // What this model can do, checked before it is asked: one <Choices> about one <Text>.
    const controls = Object.values(this.parsedLabelConfig);
    if (controls.length !== 1) throw new SparrowError('BAD_INPUT', 'The label config must have exactly one control.');
    this.control = this.labelInterface.first('Choices', 'Text');
    if (this.control.isMultiple) throw new SparrowError('BAD_INPUT', 'This model gives one label: choice="single".');
  }

  // Called once, before the first predict.
  override async setup(): Promise<void> {
    const trained = this.trainOutput as TrainOutput | null;
    const { labels } = this.control;
    this.model = trained
      ? TextClassifier.load(await this.context.readFile(trained.modelFile))
      : TextClassifier.fit(labels, labels, { tokenPattern: 'one' }); // cold start: the names of the labels, no more
  }

  override predict(tasks: readonly Task[], { fetched }: PredictContext): Prediction[] {
    const { classes } = this.model;
    const texts = tasks.map((task) => this.control.textOf(task, fetched) ?? '');
    const probabilities = this.model.predictProba(texts);
    return texts.map((_, i) => {
      const row = Array.from(probabilities.subarray(i * classes.length, (i + 1) * classes.length));
      const score = Math.max(...row);
      return this.control.prediction(classes[row.indexOf(score)] ?? [], score);
    });
  }

  override async fit(tasks: AsyncIterable<Task>, { fetched, writeFile }: FitContext): Promise<TrainOutput> {
    const texts: string[] = [];
    const labels: string[] = [];
    for await (const task of tasks) {
      const text = this.control.textOf(task, fetched);
      const [label] = (task.annotations ?? []).flatMap((one) => this.control.labelsOf(one));
      if (text === null || label === undefined) continue; // skipped, or about something else
      texts.push(text);
      labels.push(label);
    }
    if (new Set(labels).size < 2) throw new SparrowError('TOO_FEW_LABELS', 'Label texts with two different labels.');
    const model = TextClassifier.fit(texts, labels, { ngramRange: [1, 2], C: 10 });
    const modelFile = 'model.safetensors';
    writeFile(modelFile, model.save());
    return { labels: [...model.classes], modelFile };
  }
}
`;
