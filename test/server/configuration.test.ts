import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../src/server/configuration.ts';

describe('readConfiguration', () => {
  test('has a default for everything', () => {
    expect(readConfiguration({})).toEqual({
      host: '0.0.0.0',
      port: 9090,
      modelDir: 'models',
      auth: null,
      webhookSecret: null,
      labelStudio: null,
      labelStudioUrl: null,
      logLevel: 'info',
      logDir: null,
      workers: 1,
      trainEachUpdates: 1,
      C: null,
      coldStart: 'labels',
      autoMs: 2000,
      score: 'probability',
      agreement: 'majority',
      keptVersions: 10,
      mostLoaded: 100,
      mostDocuments: null,
      mostTerms: null,
      trainingTimeLimitMs: 1_800_000,
      hasGate: true,
      limits: { bodyBytes: 67_108_864, trainBodyBytes: 536_870_912 },
      redisUrl: null,
      s3Url: null,
    });
  });

  test('takes an empty value for none', () => {
    expect(readConfiguration({ PORT: '', BASIC_AUTH_USER: '', BASIC_AUTH_PASS: '', HOST: ' ' })).toEqual(
      readConfiguration({}),
    );
  });

  test('reads every variable', () => {
    const configuration = readConfiguration({
      HOST: '127.0.0.1',
      PORT: '0',
      MODEL_DIR: '/data/models',
      BASIC_AUTH_USER: 'me',
      BASIC_AUTH_PASS: ' pass:word ',
      WEBHOOK_SECRET: 'a secret',
      LABEL_STUDIO_HOST: 'http://label-studio:8080/base',
      LABEL_STUDIO_API_KEY: 'key',
      LOG_LEVEL: 'WARNING',
      WORKERS: '4',
      START_TRAINING_EACH_N_UPDATES: '10',
      LOGISTIC_REGRESSION_C: '2.5',
      COLD_START: 'none',
      AUTO_SECONDS: '30',
      SCORE: 'Margin',
      AGREEMENT: 'latest',
      KEEP_VERSIONS: '3',
      MAX_LOADED_PROJECTS: '1000',
      MAX_DOCUMENTS: '50000',
      MAX_VOCABULARY: '200000',
      TRAINING_TIMEOUT_SECONDS: '60',
      MODEL_GATE: 'off',
      MAX_BODY_BYTES: '1048576',
      REDIS_URL: 'redis://localhost:6379',
      S3_URL: 's3://bucket/models',
      LOG_DIR: '/data/logs',
    });
    expect(configuration).toEqual({
      host: '127.0.0.1',
      port: 0,
      modelDir: '/data/models',
      auth: { user: 'me', password: ' pass:word ' },
      webhookSecret: 'a secret',
      labelStudio: { url: 'http://label-studio:8080/base', apiKey: 'key' },
      labelStudioUrl: 'http://label-studio:8080/base',
      logLevel: 'warn',
      logDir: '/data/logs',
      workers: 4,
      trainEachUpdates: 10,
      C: 2.5,
      coldStart: 'none',
      autoMs: 30_000,
      score: 'margin',
      agreement: 'latest',
      keptVersions: 3,
      mostLoaded: 1000,
      mostDocuments: 50_000,
      mostTerms: 200_000,
      trainingTimeLimitMs: 60_000,
      hasGate: false,
      limits: { bodyBytes: 1_048_576, trainBodyBytes: 1_048_576 },
      redisUrl: 'redis://localhost:6379',
      s3Url: 's3://bucket/models',
    });
  });

  test.each([
    ['false', 0],
    ['FALSE', 0],
    ['0', 0],
    ['true', 1],
    ['25', 25],
  ])('START_TRAINING_EACH_N_UPDATES=%s is %i', (value, expected) => {
    expect(readConfiguration({ START_TRAINING_EACH_N_UPDATES: value }).trainEachUpdates).toBe(expected);
  });

  test('LABEL_STUDIO_URL goes before LABEL_STUDIO_HOST', () => {
    const both = { LABEL_STUDIO_URL: 'http://a', LABEL_STUDIO_HOST: 'http://b', LABEL_STUDIO_API_KEY: 'k' };
    expect(readConfiguration(both).labelStudio?.url).toBe('http://a');
  });

  test.each([
    ['PORT', '70000', 'PORT must be a whole number from 0 to 65535, not "70000".'],
    ['PORT', '9090x', 'PORT must be a whole number from 0 to 65535, not "9090x".'],
    ['WORKERS', '0', 'WORKERS must be a whole number from 1 to 64, not "0".'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud".'],
    ['COLD_START', 'yes', 'COLD_START must be one of labels, none, not "yes".'],
    ['LOGISTIC_REGRESSION_C', '-1', 'LOGISTIC_REGRESSION_C must be a number above 0, such as 10, not "-1".'],
    ['MAX_BODY_BYTES', '10', 'MAX_BODY_BYTES must be a whole number from 1024 to 1099511627776, not "10".'],
    [
      'START_TRAINING_EACH_N_UPDATES',
      'often',
      'START_TRAINING_EACH_N_UPDATES must be a whole number from 0 to 1000000, not "often".',
    ],
    ['BASIC_AUTH_USER', 'me', 'BASIC_AUTH_USER is set, so BASIC_AUTH_PASS must be set too.'],
    ['BASIC_AUTH_PASS', 'secret', 'BASIC_AUTH_PASS is set, so BASIC_AUTH_USER must be set too.'],
    [
      'WEBHOOK_SECRET',
      'secret',
      'WEBHOOK_SECRET is set, so BASIC_AUTH_USER and BASIC_AUTH_PASS must be set too: without them everybody is let in.',
    ],
    ['AGREEMENT', 'vote', 'AGREEMENT must be one of majority, each, latest, not "vote".'],
    ['LABEL_STUDIO_API_KEY', 'secret', 'LABEL_STUDIO_API_KEY is set, so LABEL_STUDIO_URL must say where it is valid.'],
    ['REDIS_URL', 'secret', 'REDIS_URL must be an address that begins with redis:// or rediss://.'],
  ])('%s=%s stops the start with a sentence', (name, value, sentence) => {
    const read = () => readConfiguration({ [name]: value });
    expect(read).toThrow(expect.objectContaining({ code: 'BAD_OPTION', message: sentence }));
  });

  test('F134 a wrong value that may be a secret is not repeated', () => {
    for (const name of ['REDIS_URL', 'S3_URL', 'LABEL_STUDIO_URL', 'BASIC_AUTH_PASS']) {
      try {
        readConfiguration({ [name]: 'hunter2' });
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hunter2');
      }
    }
  });
});
