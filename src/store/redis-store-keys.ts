// Where the index of models is in Redis.
//
//   sparrow:model:<name>      hash: counter, current, deletions, through, deletedAt
//   sparrow:versions:<name>   hash: version → record
//   sparrow:pins:<name>       set of versions
//   sparrow:state:<name>      hash: key → JSON
//   sparrow:projects          hash: name → id
//   sparrow:stamps            hash: name → a number that grows with whatever replicas should know
//   sparrow:format            there while all of this is
import { projectNameOf } from './project-name.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Redis holds the index while this key is there. */
export const formatKey = 'format';
/** Where replicas and workers tell each other what has happened. */
export const newsChannel = 'news';

export function storeKeys(redis: RedisConnection, project: string) {
  const name = projectNameOf(project);
  const key = (kind: string) => redis.key(kind, name);
  return {
    name,
    model: key('model'),
    versions: key('versions'),
    pins: key('pins'),
    state: key('state'),
    projects: redis.key('projects'),
    stamps: redis.key('stamps'),
    format: redis.key(formatKey),
  };
}
