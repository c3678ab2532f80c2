// CSV and TSV with a header: quotes, line ends inside quotes and ragged rows are csv-parse's business, what is refused
// and how it is said is ours. Lines are counted from the bytes, because csv-parse counts CRLF inside quotes twice.
import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import { countLines, lineBlocks, rowTooLong } from './line-blocks.ts';
import { batchBytes, type Row, type RowBatch } from './rows.ts';
import { badInput, type Source } from './source.ts';
import { counted, listed, quoted } from './visible.ts';

const separators = [',', '\t', ';', '|'];

export async function* csvRows(source: Source): AsyncGenerator<RowBatch> {
  let reader: CsvReader | undefined;
  const position = { line: 1 };
  for await (const block of lineBlocks(source, position)) {
    reader ??= new CsvReader(source, source.separator ?? separatorOf(block));
    for (let start = 0; start < block.length; start += batchBytes) {
      // A copy, because the parser keeps the beginning of a row that goes on in the next part.
      const part = Buffer.from(block.subarray(start, start + batchBytes));
      yield await reader.push(part, position.line);
      position.line += countLines(part);
    }
  }
  if (reader !== undefined) yield await reader.end();
}

/** The separator that cuts the header into the most columns. */
function separatorOf(bytes: Buffer): string {
  const feed = bytes.indexOf(0x0a);
  const header = bytes.toString('utf8', 0, feed < 0 ? bytes.length : feed).replace(/"[^"]*"/g, '');
  const columns = separators.map((separator) => header.split(separator).length);
  return separators[columns.indexOf(Math.max(...columns))] ?? ',';
}

class CsvReader {
  readonly #source: Source;
  readonly #parser: Parser;
  #error: Error | undefined;
  #header: readonly string[] | undefined;
  #batch: RowBatch;
  /** The block being parsed and the offset of its first byte in the whole. */
  #block: Buffer = Buffer.alloc(0);
  #blockStart = 0;
  /** Up to where line ends are counted within the block, and the line there. */
  #counted = 0;
  #line = 1;
  /** The line of a row that began in a block before this one. */
  #openLine: number | undefined;

  constructor(source: Source, separator: string) {
    this.#source = source;
    this.#batch = this.#newBatch();
    this.#parser = parse({
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // Else a quote that is never closed would take in the rest of the file.
      max_record_size: source.limits.rowBytes,
      // Rows are taken here and never enter the parser's own queue.
      on_record: (record: string[], { bytes }: Info) => this.#take(record, bytes),
    });
    this.#parser.on('error', (error) => {
      this.#error = error;
    });
    this.#parser.resume();
  }

  async push(bytes: Buffer, firstLine: number): Promise<RowBatch> {
    const line = this.#nextLine();
    this.#openLine ??= this.#counted < this.#block.length ? line : undefined;
    this.#blockStart += this.#block.length;
    this.#block = bytes;
    this.#counted = 0;
    this.#line = firstLine;
    await new Promise<void>((done) => this.#parser.write(bytes, () => done()));
    return this.#finished();
  }

  async end(): Promise<RowBatch> {
    await new Promise<void>((done) => {
      for (const event of ['end', 'error', 'close']) this.#parser.once(event, () => done());
      this.#parser.end();
    });
    return this.#finished();
  }

  #finished(): RowBatch {
    if (this.#error !== undefined) throw this.#refusal(this.#error);
    const batch = this.#batch;
    this.#batch = this.#newBatch();
    return batch;
  }

  #newBatch(): RowBatch {
    return { source: this.#source, rows: [], lines: [], ...(this.#header && { header: this.#header }) };
  }

  /** Called by the parser with each row and the offset behind it. */
  #take(record: string[], endOffset: number): null {
    const line = this.#openLine ?? this.#nextLine();
    this.#openLine = undefined;
    const end = endOffset - this.#blockStart;
    this.#line += countLines(this.#block.subarray(this.#counted, end));
    this.#counted = end;
    if (this.#header === undefined) {
      this.#header = this.#checkedHeader(record, line);
      this.#batch.header = this.#header;
      return null;
    }
    if (record.length !== this.#header.length) throw this.#ragged(record, this.#header, line);
    const row: Record<string, unknown> = Object.create(null);
    for (let i = 0; i < record.length; i++) row[this.#header[i]!] = record[i];
    this.#batch.rows.push(row as Row);
    this.#batch.lines.push(line);
    return null;
  }

  /** The line that the next row begins on, behind empty lines. */
  #nextLine(): number {
    for (; this.#counted < this.#block.length; this.#counted++) {
      const byte = this.#block[this.#counted];
      if (byte === 0x0a) this.#line++;
      else if (byte !== 0x0d) break;
    }
    return this.#line;
  }

  #checkedHeader(names: string[], line: number): string[] {
    const place = `${this.#source.name}:${line}`;
    const repeated = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
    if (repeated !== undefined) throw badInput(place, `the header has the column ${quoted(repeated)} twice`);
    return names;
  }

  #ragged(record: string[], header: readonly string[], line: number): Error {
    const expected = `${counted(header.length, 'column')} (${listed(header)})`;
    const place = `${this.#source.name}:${line}`;
    return badInput(
      place,
      `the row has ${counted(record.length, 'field')}, the header ${expected}; a quote may be missing`,
    );
  }

  /** The parser's complaints in our words; our own, thrown while a row was taken, come back as they are. */
  #refusal(error: Error): Error {
    if (!(error instanceof CsvError)) return error;
    const line = this.#openLine ?? this.#nextLine();
    if (error.code === 'CSV_MAX_RECORD_SIZE') return rowTooLong(this.#source, line);
    const where = `${this.#source.name}:${line}`;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') return badInput(where, 'a quote is opened in this row and never closed');
    return badInput(where, `the row cannot be read (${error.message})`);
  }
}
