import { describe, expect, test } from 'vitest';
import { Metrics } from '../../src/server/metrics.ts';
import { annotated, newsConfig, newsTexts, predictBody, tryApp } from './try-app.ts';

const gauges = { loadedProjects: 2, trainingsRunning: 1, trainingsWaiting: 0, ready: true };

describe('Metrics', () => {
  test('cumulates the buckets of a histogram and ends at the count', () => {
    const metrics = new Metrics();
    for (const seconds of [0.0005, 0.02, 0.02, 200]) metrics.request('/predict', 200, seconds);
    const text = metrics.prometheus(gauges);
    expect(text).toContain('sparrow_request_seconds_bucket{route="/predict",status="200",le="0.001"} 1\n');
    expect(text).toContain('sparrow_request_seconds_bucket{route="/predict",status="200",le="0.025"} 3\n');
    expect(text).toContain('sparrow_request_seconds_bucket{route="/predict",status="200",le="100"} 3\n');
    expect(text).toContain('sparrow_request_seconds_bucket{route="/predict",status="200",le="+Inf"} 4\n');
    expect(text).toContain('sparrow_request_seconds_count{route="/predict",status="200"} 4\n');
  });

  test('F140 every line is a comment or a sample, each name has one type, and hostile values are escaped', () => {
    const metrics = new Metrics();
    metrics.request('/a"\n\\', 200, 0.1);
    metrics.training('finished', 2);
    const lines = metrics.prometheus(gauges).trimEnd().split('\n');
    const sample = /^[a-z_]+(\{([a-z]+="([^"\\\n]|\\[\\n"])*",?)+\})? [0-9.e+-]+$/;
    const types = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(types).size).toBe(types.length);
    for (const line of lines) expect(line).toMatch(/^# (HELP|TYPE) /.test(line) ? /./ : sample);
  });

  test('F140 tells of the models of the projects trained last, and of no more', () => {
    const metrics = new Metrics();
    const accuracies = new Map(Array.from({ length: 20 }, (_, i) => [`control "${i}"`, 0.5] as const));
    for (let id = 0; id < 1000; id++) metrics.model(`project\n${id}`, { version: `v${id}`, accuracies });
    metrics.model('project\n999', { version: 'v1000', accuracies: new Map() });
    const text = metrics.prometheus(gauges);
    expect(text.match(/^sparrow_model_info\{/gm)).toHaveLength(50);
    expect(text.match(/^sparrow_model_accuracy\{/gm)).toHaveLength(490);
    expect(text).toContain('sparrow_model_info{project="project\\n999",version="v1000"} 1\n');
    expect(text).not.toContain('"v949"');
  });

  test('tells the memory of the heap and of the kernels', () => {
    const text = new Metrics().prometheus(gauges);
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'sparrow_linear_memory_bytes',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} \\d+$`, 'm'));
    }
  });
});

describe('GET /metrics', () => {
  test('is a JSON object, and Prometheus text when asked for it', async () => {
    const app = tryApp();
    await app.post('/predict', predictBody(['sport', '']));
    const json = await app.get('/metrics');
    expect(json.body).toMatchObject({
      predicted_tasks: 2,
      empty_predictions: 1,
      requests: { '/predict': { 200: 1 } },
      ready: true,
    });
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
    for (const answer of [await app.get('/metrics?format=prometheus'), await app.get('/metrics', { accept })]) {
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.body).toContain('sparrow_predicted_tasks_total 2\n');
    }
    expect((await app.get('/metrics', { accept: 'text/plain, */*' })).headers.get('content-type')).toContain('json');
  });

  test('counts what is trained, and tells how well the model does on texts that it had not seen', async () => {
    const app = tryApp();
    for (let id = 0; id < 40; id++) {
      const [text, topic] = newsTexts[id % 8]!;
      await app.post('/webhook', annotated(id, `${text} ${id}`, topic));
    }
    await app.registry.drain();
    const { trainings, versions, training_seconds: seconds } = (await app.get('/metrics')).body;
    expect(versions).toBeGreaterThan(0);
    expect(versions).toBeLessThanOrEqual(trainings.finished);
    expect(seconds).toBeGreaterThan(0);
    const text: string = (await app.get('/metrics?format=prometheus')).body;
    expect(text).toContain(`sparrow_versions_total ${versions}\n`);
    expect(text).toContain(`sparrow_trainings_total{state="finished"} ${trainings.finished}\n`);
    expect(text).toMatch(/^sparrow_model_info\{project="7",version="v\S+"\} 1$/m);
    expect(text).toMatch(/^sparrow_model_accuracy\{project="7",control="topic"\} (0|1|0\.\d+)$/m);
    expect(text).toMatch(/^sparrow_request_seconds_bucket\{route="\/webhook",status="201",le="\+Inf"\} 40$/m);
    expect(text).toContain('sparrow_trainings_waiting 0\n');
  });

  test('F140 a thousand projects make no more series', async () => {
    const app = tryApp({ mostLoaded: 10 });
    const before = (await app.get('/metrics?format=prometheus')).body.split('\n').length;
    for (let id = 0; id < 100; id++) await app.post('/setup', { project: `${id}.1`, schema: newsConfig });
    const after = (await app.get('/metrics?format=prometheus')).body.split('\n').length;
    expect(after - before).toBeLessThan(40);
  });
});
