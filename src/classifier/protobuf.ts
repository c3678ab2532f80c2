// The wire format of protocol buffers, writing only and only what ONNX files need: fields one after the other, each a tag
// and a value. A message inside another is its bytes behind their length, so it is finished before it is put in.
//
//   tag = field number · 8 + wire type (0 varint, 2 bytes behind their length)
const VARINT = 0;
const BYTES = 2;

const encoder = new TextEncoder();

/** A message that grows field by field, in the order of the calls. */
export class Message {
  #bytes = new Uint8Array(64);
  #length = 0;

  /** An integer of any kind; negative ones take ten bytes, as int64 has it. */
  integer(field: number, value: number): this {
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  bytes(field: number, value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    this.#varint(field * 8 + BYTES);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  /** Many integers in one packed field. */
  integers(field: number, values: ArrayLike<number>): this {
    const packed = new Message();
    for (let i = 0; i < values.length; i++) packed.#varint(values[i]!);
    return this.message(field, packed);
  }

  /** What has been written so far, as a view that the next field may outdate. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Seven bits a byte, the lowest first; a set top bit says that more follow. */
  #varint(value: number): void {
    this.#reserve(10);
    let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
    for (; typeof rest === 'bigint' && rest > 0x7fn; rest >>= 7n) this.#push(Number(rest & 0x7fn) | 0x80);
    rest = Number(rest);
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#push((rest % 128) | 0x80);
    this.#push(rest);
  }

  #push(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
