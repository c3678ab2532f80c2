// The built server with a model class of a test's own, in place of the one that `server.js` serves: MODEL_URL names its
// module, BUILT the directory of the built files.
const { BUILT, MODEL_URL } = process.env;
const from = (path) => import(new URL(path, BUILT).href);
const [{ startServer }, { readConfiguration }] = await Promise.all([
  from('server/start-server.js'),
  from('server/configuration.js'),
]);
const write = (values, msg) => void process.stdout.write(`${JSON.stringify({ level: 30, msg, ...values })}\n`);
const log = { debug() {}, info: write, warn: write, error: write };
const server = await startServer({ configuration: readConfiguration(process.env), backendUrl: MODEL_URL, log });
process.stderr.write(`Sparrow listens on ${server.host}:${server.port}. \n`);
process.on('SIGTERM', () => server.close().then(() => process.exit(0)));
