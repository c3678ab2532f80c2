// What `sparrow init` writes besides the model class. As text: they are the user's files, to be read and changed.
import { readFileSync } from 'node:fs';
import { sampleConfig } from '../labelstudio/sample-config.ts';

export interface NewBackend {
  /** For packages and services. */
  name: string;
  /** The model's file, its text, and the class in it. */
  file: string;
  source: string;
  className: string;
}

/** Path in the directory → text. */
export function filesOf(backend: NewBackend): Map<string, string> {
  const isTypeScript = backend.file.endsWith('.ts');
  return new Map([
    [backend.file, backend.source],
    ['label_config.xml', `${sampleConfig}\n`],
    ['package.json', packageOf(backend, isTypeScript)],
    ...(isTypeScript ? ([['tsconfig.json', tsconfig]] as const) : []),
    ['model.test.mjs', testOf(backend)],
    ['README.md', readmeOf(backend, isTypeScript)],
    ['Dockerfile', dockerfile],
    ['.dockerignore', 'node_modules\nmodels\n.env\n.git\n'],
    ['docker-compose.yml', compose],
    ['docker-compose.dev.yml', composeDev],
    ['.env.example', environment],
    ['.gitignore', 'node_modules/\nmodels/\n.env\n'],
  ]);
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023", "dom"],
    "module": "nodenext",
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;

function packageOf({ name }: NewBackend, isTypeScript: boolean): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const content = {
    name,
    private: true,
    type: 'module',
    scripts: { start: 'sparrow start .', test: 'node --test' },
    dependencies: { 'sparrow-ml': `^${version}` },
    // Takes the types out where Node does not do it by itself, that is before 22.13.
    ...(isTypeScript && { devDependencies: { '@swc/wasm-typescript': '^1.16.2' } }),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function testOf({ file }: NewBackend): string {
  return `// The model on a real server: predictions before and after a training. \`npm test\` runs it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from 'sparrow-ml';

const here = import.meta.dirname;
const labelConfig = readFileSync(join(here, 'label_config.xml'), 'utf8');
const modelDir = mkdtempSync(join(tmpdir(), 'backend-'));
const log = { debug() {}, info() {}, warn() {}, error: (values, message) => console.error(message, values) };
const project = { id: 1, label_config: labelConfig };
let server;

before(async () => {
  const backend = join(here, './${file}');
  server = await serve({ host: '127.0.0.1', port: 0, modelDir, backend, log });
});
after(async () => {
  await server.close();
  rmSync(modelDir, { recursive: true, force: true });
});

async function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  const url = \`http://127.0.0.1:\${server.port}\${path}\`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, \`\${path} answered \${answer.status}: \${await answer.clone().text()}\`);
  return answer.json();
}

const predict = (...texts) =>
  post('/predict', { project: '1', label_config: labelConfig, tasks: texts.map((text, id) => ({ id, data: { text } })) });

test('connects', async () => {
  const { model_version: version } = await post('/setup', { project: '1', schema: labelConfig });
  assert.equal(typeof version, 'string');
});

test('gives one prediction for each task', async () => {
  const { results } = await predict('News from the world', 'A goal in extra time');
  assert.equal(results.length, 2);
  for (const { result, score } of results) {
    assert.ok(Array.isArray(result));
    assert.ok(score >= 0 && score <= 1);
  }
});

test('learns from annotations', async () => {
  const labelled = [
    ['A late goal decides the final', 'Sports'],
    ['The bank raises its rates again', 'Business'],
    ['The striker scores a goal in the last minute', 'Sports'],
    ['Shares of the bank fall after a weak quarter', 'Business'],
  ];
  for (const [i, [text, label]] of labelled.entries()) {
    const id = i + 1;
    const result = [{ from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: [label] } }];
    const annotation = { id, task: id, result };
    await post('/webhook', { action: 'ANNOTATION_CREATED', project, task: { id, data: { text } }, annotation });
  }
  for (;;) {
    const answer = await fetch(\`http://127.0.0.1:\${server.port}/api/projects/1\`);
    const { training, modelVersion } = await answer.json();
    if (!training && modelVersion.startsWith('v')) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { results } = await predict('A goal by the striker');
  assert.deepEqual(results[0].result[0].value.choices, ['Sports']);
});
`;
}

function readmeOf({ name, file, className }: NewBackend, isTypeScript: boolean): string {
  return `# ${name}

A Label Studio ML backend. The model is the class \`${className}\` in \`${file}\`; the server around it is
[Sparrow](https://www.npmjs.com/package/sparrow-ml).

## Try it

\`\`\`sh
npm install
npm test          # the model on a real server
npm start         # on port 9090; a change of ${file} is taken up at once
\`\`\`
${isTypeScript ? '\nNode 22.13 or newer reads the TypeScript by itself; for Node 20 `npm install` brings what takes the types out.\n' : ''}
\`npm start -- --port 9191 --debug\` and the other flags of \`sparrow start --help\` work too; settings that stay go into \`.env\`
(\`cp .env.example .env\`).

## Connect Label Studio

1. Make a project with the labeling config in \`label_config.xml\`, or change the model for yours.
2. *Settings → Model → Connect Model*: the address that \`npm start\` prints.
3. *Settings → Webhooks → Add Webhook*: the same with \`/webhook\`, *Send payload* on.

## The files

| | |
|---|---|
| \`${file}\` | the model: \`predict\` answers tasks, \`fit\` learns from annotated ones |
| \`label_config.xml\` | the labeling config that the test uses |
| \`model.test.mjs\` | the test |
| \`.env.example\` | the settings, with what each is for |
| \`Dockerfile\` | an image of it |
| \`docker-compose.yml\` | servers, workers, Redis and Label Studio |
| \`docker-compose.dev.yml\` | one server that follows the files of this directory, and Label Studio |

## Run it in containers

\`\`\`sh
docker compose -f docker-compose.dev.yml up --build     # development
cp .env.example .env                                    # then set the passwords in it
docker compose up --build --scale backend=2 --scale worker=2
\`\`\`

In Label Studio the address is then \`http://backend:9090\`.
`;
}

const dockerfile = `# Dependencies in one stage, what runs in another.
FROM node:22-slim AS install
WORKDIR /app
COPY package.json package-lock.json* ./
RUN npm install --omit=dev --no-audit --no-fund && npm install --no-save --no-audit --no-fund bullmq ioredis aws4fetch

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=9090 MODEL_DIR=/data/models
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
COPY . .
RUN mkdir -p /data/models && chown -R node:node /data
USER node
VOLUME /data
EXPOSE 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "node_modules/sparrow-ml/dist/cli.js", "start", ".", "--no-reload"]
`;

const compose = `# Production: servers and workers that share Redis and the directory of models; Label Studio beside them.
# docker compose up --build --scale backend=2 --scale worker=2
services:
  backend:
    build: .
    env_file: .env
    environment:
      REDIS_URL: redis://redis:6379
      MODEL_DIR: /data/models
    volumes: [models:/data/models]
    expose: ["9090"]
    depends_on:
      redis: { condition: service_healthy }
    restart: unless-stopped
  worker:
    build: .
    command: ["node", "node_modules/sparrow-ml/dist/cli.js", "worker", "."]
    env_file: .env
    environment:
      REDIS_URL: redis://redis:6379
      MODEL_DIR: /data/models
    volumes: [models:/data/models]
    healthcheck: { disable: true }
    depends_on:
      redis: { condition: service_healthy }
    restart: unless-stopped
  redis:
    image: redis:7-alpine
    command: ["redis-server", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    volumes: [redis:/data]
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
      interval: 5s
    restart: unless-stopped
  label-studio:
    image: heartexlabs/label-studio:latest
    ports: ["8080:8080"]
    volumes: [label-studio:/label-studio/data]
    restart: unless-stopped
volumes:
  models: {}
  redis: {}
  label-studio: {}
`;

const composeDev = `# Development: one server that takes up changes of the files here at once, and Label Studio.
# docker compose -f docker-compose.dev.yml up --build
services:
  backend:
    build: .
    command: ["node", "node_modules/sparrow-ml/dist/cli.js", "start", ".", "--debug"]
    ports: ["9090:9090"]
    volumes:
      - .:/app
      - /app/node_modules
      - models:/data/models
  label-studio:
    image: heartexlabs/label-studio:latest
    ports: ["8080:8080"]
    volumes: [label-studio:/label-studio/data]
volumes:
  models: {}
  label-studio: {}
`;

const environment = `# Copy to .env. An empty value is as good as none.

# Who may enter; without them everybody may.
BASIC_AUTH_USER=
BASIC_AUTH_PASS=

# Label Studio as seen from here, and a token: then labels that were given before are read too.
LABEL_STUDIO_URL=
LABEL_STUDIO_API_KEY=

# Changed annotations until a training starts by itself; 0: only when asked.
START_TRAINING_EACH_N_UPDATES=1

# trace, debug, info, warn, error
LOG_LEVEL=info
`;
