// What the doctor looks at where many replicas share their stores: Redis and the object store. Their packages are loaded
// only when a setting names them.
import { messageOf, SparrowError } from '../errors.ts';
import type { Configuration } from '../server/configuration.ts';
import type { Finding } from './doctor.ts';

export async function* checkStores({ redisUrl, s3Url }: Configuration): AsyncGenerator<Finding> {
  if (redisUrl !== null) yield* await redis(redisUrl);
  if (s3Url !== null) yield await objectStore(s3Url);
}

async function redis(url: string): Promise<Finding[]> {
  const about = 'Redis';
  const warnings: string[] = [];
  try {
    const { RedisConnection } = await import('../store/redis-connection.ts');
    const connection = await RedisConnection.open({ url, onWarning: (warning) => warnings.push(warning) });
    const { problem, place } = connection;
    connection.close();
    if (problem !== null) return [{ about, isGood: false, said: problem, fix: 'start Redis, or correct REDIS_URL.' }];
    const found: Finding = { about, isGood: true, said: `answers at ${place}`, fix: null };
    return [
      found,
      ...warnings.map((said) => ({ about, isGood: false, said, fix: 'change it in Redis’ own configuration.' })),
    ];
  } catch (error) {
    return [
      { about, isGood: false, said: sentence(error), fix: 'see what REDIS_URL must be in docs/configuration.md.' },
    ];
  }
}

async function objectStore(url: string): Promise<Finding> {
  const about = 'object store';
  const fix = 'see what S3_URL must be in docs/configuration.md.';
  try {
    const { S3Store } = await import('../store/s3-store.ts');
    const store = await S3Store.open({ url, attempts: 1, timeoutMs: 5000 });
    const problem = await store.problem();
    return problem === null
      ? { about, isGood: true, said: 'can be listed', fix: null }
      : { about, isGood: false, said: problem, fix };
  } catch (error) {
    return { about, isGood: false, said: sentence(error), fix };
  }
}

/** Errors of ours hold no secret; of others nothing is known, so only their kind is told. */
function sentence(error: unknown): string {
  return error instanceof SparrowError
    ? messageOf(error)
    : `It failed (${error instanceof Error ? error.name : 'error'}).`;
}
