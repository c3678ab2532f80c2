// The built worker with a lock that runs out soon, and a model class of a test's own where MODEL_URL names its module; BUILT
// is the directory of the built files.
const { BUILT, LOCK_MS, MODEL_URL } = process.env;
const from = (path) => import(new URL(path, BUILT).href);
const [{ startWorker }, { readConfiguration }] = await Promise.all([
  from('server/start-worker.js'),
  from('server/configuration.js'),
]);
const write = (values, msg) => void process.stdout.write(`${JSON.stringify({ level: 30, msg, ...values })}\n`);
const worker = await startWorker({
  configuration: readConfiguration(process.env),
  backendUrl: MODEL_URL ?? new URL('sdk/simple-text-classifier.js', BUILT).href,
  log: { debug() {}, info: write, warn: write, error: write },
  lockMs: Number(LOCK_MS),
});
process.stdout.write('works\n');
process.on('SIGTERM', () => worker.close().then(() => process.exit(0)));
