// Small JSON files that say whether they are whole: the value, and the SHA-256 of its text.
// A file counts only if it is, byte for byte, what `encodeChecked` writes, so any flipped bit is seen.
import { createHash } from 'node:crypto';

/** `{"sha256": "…", "value": …}`, indented, because people look into these files. */
export function encodeChecked(value: unknown): Buffer {
  const sha256 = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return Buffer.from(`${JSON.stringify({ sha256, value }, null, 2)}\n`);
}

/** The value, or undefined when the file is damaged. */
export function decodeChecked(bytes: Uint8Array): unknown {
  try {
    const { value } = JSON.parse(Buffer.from(bytes).toString()) as {
      value: unknown;
    };
    return value !== undefined && encodeChecked(value).equals(bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}
