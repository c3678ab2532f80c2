// The files to deploy with, ours and those that `sparrow init` writes, held to the code: ports, paths, variables, commands.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { commands } from '../../src/cli/commands.ts';
import { filesOf } from '../../src/cli/init-files.ts';
import { readConfiguration } from '../../src/server/configuration.ts';
import { variablesRead } from '../docs/reference.ts';
import { tryApp } from '../server/try-app.ts';
import { stepsOf } from './dockerfile.ts';

const root = new URL('../../', import.meta.url);
const deploy = new URL('docs/deploy/', root);
const ours = Object.fromEntries(
  readdirSync(deploy).map((name) => [name, readFileSync(new URL(name, deploy), 'utf8')] as const),
);
const made = filesOf({ name: 'mine', file: 'model.ts', source: '', className: 'Mine' });
const { port, host } = readConfiguration({});
const known = new Set([...variablesRead(), 'NODE_ENV']);
const openPaths = tryApp()
  .routes.filter(({ access }) => access === 'open')
  .map(({ path }) => path);
const packageJson = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  engines: { node: string };
  peerDependencies: { [name: string]: string };
  bin: { sparrow: string };
};

/** The keys of the Compose specification that we use; a misspelt one would be passed over in silence. */
const serviceKeys = [
  ...['image', 'build', 'init', 'command', 'ports', 'expose', 'environment', 'env_file'],
  ...['volumes', 'depends_on', 'healthcheck', 'restart'],
];
const healthKeys = ['test', 'interval', 'timeout', 'retries', 'start_period', 'disable'];

interface Service {
  image?: string;
  build?: string | { context: string; dockerfile: string };
  command?: string[];
  ports?: string[];
  expose?: string[];
  environment?: { [name: string]: string };
  volumes?: string[];
  depends_on?: { [name: string]: { condition: string } };
  healthcheck?: { [key: string]: unknown };
  restart?: string;
}

interface Compose {
  services: { [name: string]: Service };
  volumes: { [name: string]: object };
}

const composeFiles = [
  ['docs/deploy/docker-compose.yml', ours['docker-compose.yml']],
  ['docs/deploy/docker-compose.production.yml', ours['docker-compose.production.yml']],
  ['init: docker-compose.yml', made.get('docker-compose.yml')],
  ['init: docker-compose.dev.yml', made.get('docker-compose.dev.yml')],
] as const;

describe.each(composeFiles)('%s', (name, text = '') => {
  const { services, volumes, ...rest } = parse(text, { merge: true }) as Compose;

  test('is what Compose takes', () => {
    expect(Object.keys(rest).filter((key) => !key.startsWith('x-'))).toEqual([]);
    for (const service of Object.values(services)) {
      expect(Object.keys(service).filter((key) => !serviceKeys.includes(key))).toEqual([]);
      expect(service.image ?? service.build).toBeDefined();
      expect(Object.keys(service.healthcheck ?? {}).filter((key) => !healthKeys.includes(key))).toEqual([]);
      expect(['unless-stopped', undefined]).toContain(service.restart);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(services[other]?.healthcheck?.['test']).toBeDefined();
        expect(condition).toBe('service_healthy');
      }
      for (const mapped of service.ports ?? []) expect(mapped).toMatch(/^(\d+):\1$/);
      const named = (service.volumes ?? []).filter((volume) => /^[\w-]+:/.test(volume));
      for (const volume of named) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
    }
    expect(services['label-studio']?.image).toMatch(/^heartexlabs\/label-studio:/);
  });

  test('says what the program reads, and starts what it has', () => {
    for (const service of Object.values(services).filter(({ build }) => build !== undefined)) {
      expect(Object.keys(service.environment ?? {}).filter((variable) => !known.has(variable))).toEqual([]);
      const port = [...(service.ports ?? []), ...(service.expose ?? [])].map((one) => Number(one.split(':')[0]));
      for (const one of port) expect(one).toBe(readConfiguration({}).port);
      const command = service.command?.[2];
      expect([undefined, ...commands.map((one) => one.name)]).toContain(command);
      if (service.command) expect(service.command[1]).toBe(`node_modules/sparrow-ml/${packageJson.bin.sparrow}`);
      if (command === 'worker') expect(service.environment).toHaveProperty('REDIS_URL');
    }
    const redis = services['redis']?.command?.join(' ');
    if (name.includes('production')) expect(redis).toContain('--appendonly yes --maxmemory-policy noeviction');
  });
});

describe.each([
  ['docs/deploy/Dockerfile', ours['Dockerfile']],
  ['init: Dockerfile', made.get('Dockerfile')],
])('%s', (_, text = '') => {
  const steps = stepsOf(text);
  const last = steps.filter(({ stage }) => stage === steps.at(-1)?.stage);
  const of = (instruction: string) => last.filter((step) => step.instruction === instruction).map(({ rest }) => rest);

  test('is built in stages and runs as another user than root, on a Node that we support', () => {
    expect(steps.filter(({ instruction }) => instruction === 'FROM').length).toBeGreaterThan(1);
    expect(of('USER')).toEqual(['node']);
    expect(last.findIndex((step) => step.instruction === 'USER')).toBeGreaterThan(
      last.findLastIndex((step) => step.instruction === 'RUN'),
    );
    const [, major] = /^node:(\d+)-/.exec(of('FROM')[0] ?? '') ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(22);
  });

  test('agrees with the program about port, paths, variables and the probe', () => {
    expect(of('EXPOSE')).toEqual([String(port)]);
    const environment = Object.fromEntries(
      of('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])),
    );
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    expect(readConfiguration(environment)).toMatchObject({ port, host, modelDir: '/data/models' });
    const [, path = ''] = /(\/\w+)'\)\.then/.exec(of('HEALTHCHECK')[0] ?? '') ?? [];
    expect(openPaths).toContain(path);
    const command = JSON.parse(of('CMD')[0] ?? '[]') as string[];
    expect(command.slice(0, 3)).toEqual(['node', `node_modules/sparrow-ml/${packageJson.bin.sparrow}`, 'start']);
  });
});

test('the image has the optional packages that production needs, in the versions that we are tried with', () => {
  const install =
    stepsOf(ours['Dockerfile'] ?? '').find(({ rest }) => rest.includes('/packed/*.tgz bullmq'))?.rest ?? '';
  for (const name of ['bullmq', 'ioredis', 'aws4fetch']) {
    expect(install).toContain(`${name}@${packageJson.peerDependencies[name]}`);
  }
});

describe('docs/deploy/kubernetes.yaml', () => {
  // biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
  const manifests = parseAllDocuments(ours['kubernetes.yaml'] ?? '').map((document) => document.toJS() as any);
  const of = (kind: string) => manifests.filter((one) => one.kind === kind);
  const pods = [...of('Deployment'), ...of('StatefulSet')];

  test('holds whole objects of kinds that there are', () => {
    const apis = { v1: ['Secret', 'ConfigMap', 'Service'], 'apps/v1': ['Deployment', 'StatefulSet'] };
    const all = { ...apis, 'policy/v1': ['PodDisruptionBudget'] };
    for (const { apiVersion, kind, metadata } of manifests) {
      expect(all[apiVersion as keyof typeof all]).toContain(kind);
      expect(metadata.name).toMatch(/^sparrow(-[a-z]+)?$/);
    }
    const ids = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('selects what it labels, mounts what it has, and reads what is defined', () => {
    for (const { spec } of pods) {
      const { labels } = spec.template.metadata;
      expect(labels).toMatchObject(spec.selector.matchLabels);
      const { containers, volumes = [] } = spec.template.spec;
      const claimed = (spec.volumeClaimTemplates ?? []).map((one: { metadata: object }) => one.metadata);
      const names = [...volumes, ...claimed].map(({ name }: { name: string }) => name);
      for (const container of containers) {
        for (const mount of container.volumeMounts) expect(names).toContain(mount.name);
        for (const { configMapRef, secretRef } of container.envFrom ?? []) {
          const kind = configMapRef ? 'ConfigMap' : 'Secret';
          const name = (configMapRef ?? secretRef).name;
          expect(of(kind).map(({ metadata }) => metadata.name)).toContain(name);
        }
      }
    }
    for (const { spec } of [...of('Service'), ...of('PodDisruptionBudget')]) {
      const wanted = spec.selector.matchLabels ?? spec.selector;
      expect(pods.filter((pod) => pod.spec.template.metadata.labels.app === wanted.app).length).toBe(1);
    }
  });

  test('agrees with the program about port, probes, variables and commands', () => {
    const given = { ...of('ConfigMap')[0].data, ...of('Secret')[0].stringData };
    expect(Object.keys(given).filter((name) => !known.has(name))).toEqual([]);
    expect(readConfiguration(given)).toMatchObject({ redisUrl: 'redis://sparrow-redis:6379' });
    const [server] = pods.find(({ metadata }) => metadata.name === 'sparrow').spec.template.spec.containers;
    expect(server.ports).toEqual([{ name: 'http', containerPort: port }]);
    for (const probe of [server.livenessProbe, server.readinessProbe]) {
      expect(openPaths).toContain(probe.httpGet.path);
      expect(probe.httpGet.port).toBe('http');
    }
    const [worker] = pods.find(({ metadata }) => metadata.name === 'sparrow-worker').spec.template.spec.containers;
    expect(worker.command).toEqual(['node', `node_modules/sparrow-ml/${packageJson.bin.sparrow}`, 'worker']);
    for (const { spec } of of('Deployment')) {
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(spec.template.spec.containers[0].securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    }
  });
});

test('every setting that .env.example of a new backend names is one', () => {
  const names = [...(made.get('.env.example') ?? '').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !known.has(name ?? ''))).toEqual([]);
});
