// gzip as a reader of bytes: what comes out is checked for a bomb, what is wrong with it is said in a sentence.
import { createGunzip, type Gunzip } from 'node:zlib';
import { type ByteReader, type ByteWindow, streamReader } from './byte-window.ts';
import { badInput, type Limits } from './source.ts';

/** Below the size from which the C library takes fresh pages for every buffer. */
const chunkSize = 64 * 1024;

/** Unpack what a window holds and goes on to hold. */
export function gunzipReader(packed: ByteWindow, name: string, limits: Limits): ByteReader {
  const gunzip = createGunzip({ chunkSize });
  const unpacked = streamReader(gunzip);
  feed(packed, gunzip).catch((error) => gunzip.destroy(error));
  let total = 0;
  return {
    async read(target, at) {
      let count: number;
      try {
        count = await unpacked.read(target, at);
      } catch (error) {
        throw gzipFailure(error, name);
      }
      total += count;
      if (total > Math.max(limits.unpackedBytes, gunzip.bytesWritten * limits.unpackedRatio)) {
        const times = `more than ${limits.unpackedRatio} times its size`;
        throw badInput(name, `it unpacks to ${times}; this is no honest gzip file`);
      }
      return count;
    },
    async close() {
      gunzip.destroy();
      await packed.close();
    },
  };
}

/** Hand on the packed bytes; the window's memory is used again only after zlib is done with it. */
async function feed(packed: ByteWindow, gunzip: Gunzip): Promise<void> {
  do {
    const { bytes } = packed;
    if (bytes.length > 0) await new Promise<void>((done) => gunzip.write(bytes, () => done()));
    packed.skip(bytes.length);
  } while (!gunzip.destroyed && (await packed.fill()));
  gunzip.end();
}

function gzipFailure(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR')
    return badInput(name, 'the gzip data ends too early; the file is cut off', { cause: error });
  if (code?.startsWith('Z_')) return badInput(name, 'the gzip data is damaged', { cause: error });
  return error;
}
