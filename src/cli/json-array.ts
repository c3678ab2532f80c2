// A JSON array of objects, such as a Label Studio export, read element by element: memory holds one element and one
// chunk, however long the array is and whether it stands on one line or on millions.
import { checkUtf8, rowTooLong } from './line-blocks.ts';
import { batchBytes, parseRow, type Row, type RowBatch } from './rows.ts';
import { badInput, type Source } from './source.ts';

const code = { quote: 0x22, comma: 0x2c, feed: 0x0a, open: 0x5b, close: 0x5d, openObject: 0x7b, closeObject: 0x7d };

export async function* arrayRows(source: Source): AsyncGenerator<RowBatch> {
  const splitter = new ElementSplitter(source);
  do yield* splitter.batches();
  while (await source.window.fill());
  splitter.end();
}

/** Finds where elements begin and end; what is inside them is left to JSON.parse. */
class ElementSplitter {
  readonly #source: Source;
  /** From the beginning of the current element, if there is one, to the last byte at hand. */
  #bytes: Buffer = Buffer.alloc(0);
  /** The next byte to look at. */
  #at = 0;
  /** Where the current element begins, or −1 before its first byte. */
  #start = -1;
  #depth = 0;
  #isInString = false;
  #state: 'before' | 'inside' | 'after' = 'before';
  #count = 0;
  #line = 1;
  #nextFeed = Number.POSITIVE_INFINITY;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The elements that end within the bytes at hand; all but the beginning of another are then dropped. */
  *batches(): Generator<RowBatch> {
    this.#bytes = this.#source.window.bytes;
    this.#nextFeed = this.#feedFrom(0);
    while (this.#at < this.#bytes.length) {
      const batch: RowBatch = { source: this.#source, rows: [], lines: [] };
      const end = Math.min(this.#bytes.length, this.#at + batchBytes);
      while (this.#at < end) {
        if (this.#isInString) this.#finishString();
        else this.#step(this.#bytes[this.#at]!, batch);
      }
      yield batch;
    }
    this.#drop();
  }

  end(): void {
    if (this.#state !== 'after') {
      throw badInput(`${this.#source.name}:${this.#line}`, 'the JSON array does not end; the file is cut off');
    }
  }

  /** Give up what has been read; the next bytes will stand behind what is left. */
  #drop(): void {
    const kept = this.#start < 0 ? this.#bytes.length : this.#start;
    this.#countLinesBefore(kept);
    this.#source.window.skip(kept);
    this.#at = this.#bytes.length - kept;
    if (this.#start > 0) this.#start = 0;
    if (this.#at > this.#source.limits.rowBytes) throw rowTooLong(this.#source, this.#line);
  }

  /** One byte outside of strings. */
  #step(byte: number, batch: RowBatch): void {
    if (byte <= 0x20) this.#at++;
    else if (this.#state === 'before') this.#openArray(byte);
    else if (this.#state === 'after')
      throw badInput(this.#place(this.#at), 'there is more behind the end of the JSON array');
    else if (this.#depth === 0 && (byte === code.comma || byte === code.close)) this.#endElement(byte, batch);
    else {
      if (this.#start < 0) this.#start = this.#at;
      if (byte === code.quote) this.#isInString = true;
      else if (byte === code.openObject || byte === code.open) this.#depth++;
      else if (byte === code.closeObject || byte === code.close) this.#depth--;
      if (this.#depth < 0) throw badInput(this.#place(this.#at), 'not valid JSON: a brace closes nothing');
      this.#at++;
    }
  }

  #openArray(byte: number): void {
    if (byte !== code.open) throw badInput(this.#place(this.#at), 'expected "[", the beginning of a JSON array');
    this.#state = 'inside';
    this.#at++;
  }

  /** Go behind the closing quote, or to the end of what there is. */
  #finishString(): void {
    const quote = this.#bytes.indexOf(code.quote, this.#at);
    if (quote < 0) {
      this.#at = this.#bytes.length;
      return;
    }
    let slashes = 0;
    while (this.#bytes[quote - 1 - slashes] === 0x5c) slashes++;
    this.#at = quote + 1;
    if (slashes % 2 === 0) this.#isInString = false;
  }

  #endElement(byte: number, batch: RowBatch): void {
    const isEmptyArray = byte === code.close && this.#count === 0 && this.#start < 0;
    if (!isEmptyArray) {
      if (this.#start < 0) throw badInput(this.#place(this.#at), 'not valid JSON: an element is missing');
      this.#take(batch);
    }
    if (byte === code.close) this.#state = 'after';
    this.#at++;
    this.#start = -1;
  }

  #take(batch: RowBatch): void {
    this.#countLinesBefore(this.#start);
    const element = this.#bytes.subarray(this.#start, this.#at);
    checkUtf8(element, this.#source, this.#line);
    const row: Row = parseRow(element.toString('utf8'), this.#source, this.#line);
    batch.rows.push(row);
    batch.lines.push(this.#line);
    this.#count++;
  }

  #place(at: number): string {
    this.#countLinesBefore(at);
    return `${this.#source.name}:${this.#line}`;
  }

  /** Each line end is looked up once, so that an array on one line costs one search a chunk. */
  #countLinesBefore(at: number): void {
    while (this.#nextFeed < at) {
      this.#line++;
      this.#nextFeed = this.#feedFrom(this.#nextFeed + 1);
    }
  }

  #feedFrom(at: number): number {
    const feed = this.#bytes.indexOf(code.feed, at);
    return feed < 0 ? Number.POSITIVE_INFINITY : feed;
  }
}
