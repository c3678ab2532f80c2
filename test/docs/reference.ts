// The reference pages under docs/, made from the program itself: which variables it reads, what it takes for them and what
// holds without them; which commands there are and what their help says. Only what a variable is for stands here.
import { commands } from '../../src/cli/commands.ts';
import { main } from '../../src/cli/main.ts';
import { SparrowError } from '../../src/errors.ts';
import { type Configuration, readConfiguration } from '../../src/server/configuration.ts';
import { collector } from '../cli/harness.ts';

interface Entry {
  group: 'Where it listens' | 'Who may enter' | 'Label Studio' | 'Training' | 'The model' | 'Limits' | 'Many replicas';
  /** What holds when it is not set. */
  otherwise: (configuration: Configuration) => string;
  meaning: string;
}

const entries: { readonly [variable: string]: Entry } = {
  HOST: {
    group: 'Where it listens',
    otherwise: ({ host }) => host,
    meaning: 'Address to listen on; `127.0.0.1` keeps other machines and containers out.',
  },
  PORT: {
    group: 'Where it listens',
    otherwise: ({ port }) => String(port),
    meaning: 'Port to listen on; 0 takes any that is free.',
  },
  MODEL_DIR: {
    group: 'Where it listens',
    otherwise: ({ modelDir }) => modelDir,
    meaning: 'Directory of models, versions and the journal of annotations. In a container, mount a volume there.',
  },
  LOG_LEVEL: {
    group: 'Where it listens',
    otherwise: ({ logLevel }) => logLevel,
    meaning: 'How much is logged, as JSON lines on standard output. Python’s names are understood too.',
  },
  LOG_DIR: {
    group: 'Where it listens',
    otherwise: () => 'standard output alone',
    meaning:
      'Directory for the log in files besides: `server.log` what the server does, `training.log` what trainings do.',
  },
  WORKERS: {
    group: 'Where it listens',
    otherwise: ({ workers }) => String(workers),
    meaning:
      'Processes that answer predictions; from 2 on, beside one that keeps everything. For `sparrow worker`: trainings at ' +
      'one time.',
  },
  BASIC_AUTH_USER: {
    group: 'Who may enter',
    otherwise: () => 'everybody',
    meaning: 'User that everybody must give, on every route but `/health`.',
  },
  BASIC_AUTH_PASS: { group: 'Who may enter', otherwise: () => 'everybody', meaning: 'The password with it.' },
  WEBHOOK_SECRET: {
    group: 'Who may enter',
    otherwise: () => 'none',
    meaning:
      'Lets the webhook in without user and password when it sends the header `X-Webhook-Secret` with this value.',
  },
  LABEL_STUDIO_URL: {
    group: 'Label Studio',
    otherwise: () => 'not asked',
    meaning: 'Address of Label Studio as seen from this server. Nothing else is ever called.',
  },
  LABEL_STUDIO_HOST: {
    group: 'Label Studio',
    otherwise: () => 'not asked',
    meaning: 'An older name of `LABEL_STUDIO_URL`.',
  },
  LABEL_STUDIO_API_KEY: {
    group: 'Label Studio',
    otherwise: () => 'webhooks alone',
    meaning: 'Personal access token or legacy token. With it, labels that were given before are read too.',
  },
  START_TRAINING_EACH_N_UPDATES: {
    group: 'Training',
    otherwise: ({ trainEachUpdates }) => String(trainEachUpdates),
    meaning: 'Changed annotations until a training starts by itself; 0: only when asked.',
  },
  AGREEMENT: {
    group: 'Training',
    otherwise: ({ agreement }) => agreement,
    meaning: 'Whose word counts where several annotators labelled a task: the majority’s, each, or the latest.',
  },
  TRAINING_TIMEOUT_SECONDS: {
    group: 'Training',
    otherwise: ({ trainingTimeLimitMs }) => String(trainingTimeLimitMs / 1000),
    meaning: 'A training that takes longer is stopped.',
  },
  KEEP_VERSIONS: {
    group: 'Training',
    otherwise: ({ keptVersions }) => String(keptVersions),
    meaning: 'Versions kept of each project, the one that serves and the pinned ones besides.',
  },
  MODEL_GATE: {
    group: 'Training',
    otherwise: ({ hasGate }) => (hasGate ? 'on' : 'off'),
    meaning: 'Keeps a version from serving that is much worse than the one before it.',
  },
  LOGISTIC_REGRESSION_C: {
    group: 'The model',
    otherwise: ({ C }) => (C === null ? 'the model’s own' : String(C)),
    meaning: 'Inverse strength of the penalty, as in scikit-learn.',
  },
  COLD_START: {
    group: 'The model',
    otherwise: ({ coldStart }) => coldStart,
    meaning: 'What answers before the first training: a model of the label names, or none.',
  },
  AUTO_SECONDS: {
    group: 'The model',
    otherwise: ({ autoMs }) => String(autoMs / 1000),
    meaning:
      'Time for choosing features and regression by cross-validation: from 20 labels on, and anew when there are half as many more; 0: never.',
  },
  SCORE: {
    group: 'The model',
    otherwise: ({ score }) => score,
    meaning:
      'The score of a prediction: the probability of its label; how far the next label is behind; or how little doubt there is (1 less the relative entropy). Sorted by it, lowest first, tasks stand in the order in which labelling them pays.',
  },
  MAX_BODY_BYTES: {
    group: 'Limits',
    otherwise: ({ limits }) => `${mib(limits.bodyBytes)}, for /train ${mib(limits.trainBodyBytes)}`,
    meaning: 'Largest body of a request.',
  },
  MAX_DOCUMENTS: {
    group: 'Limits',
    otherwise: () => 'all',
    meaning:
      'Labelled tasks that a training learns from: those annotated last. What is left out is said in the log, in the events ' +
      'and in the version’s report.',
  },
  MAX_VOCABULARY: {
    group: 'Limits',
    otherwise: () => 'all',
    meaning: 'Terms that a model knows: the most frequent ones, as with scikit-learn’s `max_features`.',
  },
  MAX_LOADED_PROJECTS: {
    group: 'Limits',
    otherwise: ({ mostLoaded }) => String(mostLoaded),
    meaning: 'Projects in memory at one time; the least used are unloaded and come back when they are asked.',
  },
  REDIS_URL: {
    group: 'Many replicas',
    otherwise: () => 'one server alone',
    meaning: 'Redis for the journal, the queue and the announcements of several servers and workers.',
  },
  S3_URL: {
    group: 'Many replicas',
    otherwise: () => 'files in MODEL_DIR',
    meaning: 'Object store for the files of models: `s3://KEY:SECRET@host/bucket`. Goes with `REDIS_URL`.',
  },
};

function mib(bytes: number): string {
  return `${bytes / 2 ** 20} MiB`;
}

/** Every variable that the program looks at, found by handing it an environment that takes note. */
export function variablesRead(): string[] {
  const names = new Set<string>();
  const environment = new Proxy<{ [name: string]: string | undefined }>(
    {},
    {
      get: (_, name) => {
        names.add(String(name));
        return undefined;
      },
    },
  );
  readConfiguration(environment);
  return [...names].sort();
}

export function variablesDescribed(): string[] {
  return Object.keys(entries).sort();
}

/** What the program says it wants, when it is given something that it cannot want. */
function expected(variable: string): string {
  try {
    readConfiguration({ [variable]: '\u0001?' });
    return 'a text';
  } catch (error) {
    if (!(error instanceof SparrowError)) throw error;
    const sentence = error.message.startsWith(`${variable} must be `) ? error.message : '';
    return / must be (.*?)(?:, not .*)?\.$/.exec(sentence)?.[1] ?? 'a text';
  }
}

export function configurationPage(): string {
  const configuration = readConfiguration({});
  const groups = [...new Set(Object.values(entries).map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = Object.entries(entries).filter(([, entry]) => entry.group === group);
    const lines = rows.map(
      ([variable, { otherwise, meaning }]) =>
        `| \`${variable}\` | ${meaning} | ${cell(expected(variable))} | ${otherwise(configuration)} |`,
    );
    return `## ${group}\n\n| variable | what for | value | without it |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return `# Configuration

Environment variables, read once at the start. An empty value is as good as none; a wrong one stops the start with a sentence
that names it. \`sparrow start\` takes the most used ones as flags, \`sparrow doctor\` looks whether they work.

<!-- This page is made from the code: npx vitest run test/docs/reference.test.ts -u -->

${tables.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The help of every command, as it is printed. */
export async function commandsPage(): Promise<string> {
  const parts = [];
  for (const { name, summary } of commands) {
    const stdout = collector();
    const io = { stdin: process.stdin, stdout, stderr: collector(), env: {}, cwd: '.' };
    await main([name, '--help'], io);
    const help = stdout.text
      .trim()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
    parts.push(
      `## sparrow ${name}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}.\n\n\`\`\`text\n${help}\n\`\`\`\n`,
    );
  }
  return `# Commands

In a checkout \`node dist/cli.js\` stands for \`sparrow\`. \`--json\` prints one JSON object on standard output and nothing else;
progress and sentences for people go to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.

<!-- This page is made from the code: npx vitest run test/docs/reference.test.ts -u -->

${parts.join('\n')}`;
}
