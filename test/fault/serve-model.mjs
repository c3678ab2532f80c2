// The built server with a model class of a test's own, in place of the one that `server.js` serves: MODEL_URL names its
// module, BUILT the directory of the built files. Everything else of the environment goes to `serve` under its option's name.
const { BUILT, MODEL_URL, ...environment } = process.env;
const { serve } = await import(new URL('index.js', BUILT).href);
const write = (values, msg) => void process.stdout.write(`${JSON.stringify({ level: 30, msg, ...values })}\n`);
const log = { debug() {}, info: write, warn: write, error: write };
const optionOf = (name) => name.toLowerCase().replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const options = Object.entries(environment)
  .filter(([name]) => /^[A-Z]+(_[A-Z]+)*$/.test(name))
  .map(([name, value]) => [optionOf(name), value]);
const server = await serve({ ...Object.fromEntries(options), backend: MODEL_URL, log });
process.stderr.write(`Sparrow listens on ${server.host}:${server.port}. \n`);
process.on('SIGTERM', () => server.close().then(() => process.exit(0)));
