// Opens what many replicas share: the journal and the index of models in Redis, the files of models in a directory or an
// object store. A server, a worker and the worker's training thread all open it in the same way.
import type { Journal } from './journal.ts';
import type { ModelFiles } from './model-files.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisJournal } from './redis-journal.ts';
import { restoreIndex } from './redis-restore.ts';
import { RedisStore } from './redis-store.ts';
import { SharedDirectory } from './shared-directory.ts';

/** Plain data: it is handed to threads. */
export interface SharedPlaces {
  /** REDIS_URL. */
  redisUrl: string;
  /** S3_URL; null: the files are in `modelDir`. */
  s3Url: string | null;
  /** MODEL_DIR. */
  modelDir: string;
  /** What the keys in Redis begin with. Default `sparrow`. */
  prefix?: string;
}

export interface SharedStoresOptions extends SharedPlaces {
  /** How long an ordinary call to Redis may take. */
  patienceMs?: number;
  onWarning?: (message: string) => void;
}

export interface SharedStores {
  redis: RedisConnection;
  store: RedisStore;
  journal: Journal & RedisJournal;
  close(): Promise<void>;
}

export async function openSharedStores(options: SharedStoresOptions): Promise<SharedStores> {
  const { redisUrl, onWarning = () => {}, patienceMs, prefix } = options;
  const files = await openFiles(options, onWarning);
  const redis = await RedisConnection.open({
    url: redisUrl,
    ...(patienceMs !== undefined && { patienceMs }),
    ...(prefix !== undefined && { prefix }),
    prepare: (connection) => restoreIndex(connection, files, onWarning),
    onWarning,
  });
  const store = new RedisStore({ redis, files, onWarning });
  const journal = new RedisJournal(redis, { onWarning });
  return {
    redis,
    store,
    journal,
    close: async () => {
      await journal.close();
      await store.close();
      redis.close();
    },
  };
}

async function openFiles({ s3Url, modelDir }: SharedPlaces, onWarning: (message: string) => void): Promise<ModelFiles> {
  if (s3Url === null) return new SharedDirectory({ dir: modelDir, onWarning });
  const { S3Store } = await import('./s3-store.ts');
  return S3Store.open({ url: s3Url, onWarning });
}
