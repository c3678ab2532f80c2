// An ONNX file, put together node by node: https://onnx.ai/onnx/repo-docs/IR.html. Knows the format, not our models.
// Values are called by their names, which a graph makes up unless it is told.
import { Message } from './protobuf.ts';

/** Field numbers of onnx.proto, as far as they are used. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8, metadata: 14 };
const OPSET = { version: 2 };
const ENTRY = { key: 1, value: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, doc: 10, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, integer: 3, text: 4, integers: 8, texts: 9, type: 20 };
const ATTRIBUTE_TYPE = { integer: 2, text: 3, integers: 7, texts: 8 };
const TENSOR = { dims: 1, type: 2, texts: 6, name: 8, raw: 9 };
const VALUE = { name: 1, type: 2, doc: 3 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { element: 1, shape: 2 };
const SHAPE = { dim: 1 };
const DIM = { size: 1, name: 2 };

/** Numbers that TensorProto.DataType gives the types. */
const elementTypes = { float: 1, int64: 7, string: 8, bool: 9 } as const;

export type ElementType = keyof typeof elementTypes;
export type Attribute = number | string | ArrayLike<number> | Texts;

/** A list of strings, or of their UTF-8. */
interface Texts {
  readonly texts: Iterable<Uint8Array | string>;
}

/** An input or output: a size that is not fixed has a name instead. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
  readonly about: string;
}

/** Everything beside the graph. */
export interface ModelHead {
  readonly producer: string;
  readonly opset: number;
  readonly irVersion: number;
  readonly about: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export class Graph {
  readonly inputs: GraphValue[] = [];
  readonly outputs: GraphValue[] = [];
  readonly #graph = new Message();
  readonly #constants = new Map<string, string>();
  #values = 0;

  /** Declare an input and return its name. */
  input(value: GraphValue): string {
    this.inputs.push(value);
    return value.name;
  }

  /** Declare `from` as an output called `value.name`. */
  output(value: GraphValue, from: string): void {
    this.outputs.push(value);
    this.#node('Identity', [from], {}, [value.name]);
  }

  /** Append a node, and return the name of its output, or of the first where an operator has more than one. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputCount = 1,
  ): string {
    const outputs = Array.from({ length: outputCount }, () => this.#newName(opType));
    this.#node(opType, inputs, attributes, outputs);
    return outputs[0]!;
  }

  floats(values: Float32Array, shape: readonly number[] = [values.length]): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#constant(shape, 'float', (tensor) => tensor.bytes(TENSOR.raw, bytes));
  }

  /** One float for all; the same one is stored once. */
  float(value: number): string {
    return this.#shared(`float ${value}`, () => this.floats(Float32Array.of(value), []));
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#shared(`integers ${values} ${shape}`, () => {
      const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      return this.#constant(shape, 'int64', (tensor) => tensor.bytes(TENSOR.raw, data));
    });
  }

  strings(values: readonly string[], shape: readonly number[] = [values.length]): string {
    return this.#constant(shape, 'string', (tensor) => {
      for (const value of values) tensor.bytes(TENSOR.texts, value);
    });
  }

  /** The whole file. */
  finish({ producer, opset, irVersion, about, metadata }: ModelHead): Uint8Array {
    const graph = this.#graph.bytes(GRAPH.name, producer).bytes(GRAPH.doc, about);
    for (const value of this.inputs) graph.message(GRAPH.input, valueInfo(value));
    for (const value of this.outputs) graph.message(GRAPH.output, valueInfo(value));
    const model = new Message().integer(MODEL.irVersion, irVersion).bytes(MODEL.producer, producer);
    model.message(MODEL.opset, new Message().integer(OPSET.version, opset));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(MODEL.metadata, new Message().bytes(ENTRY.key, key).bytes(ENTRY.value, value));
    }
    return model.message(MODEL.graph, graph).finish();
  }

  #node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): void {
    const node = new Message();
    for (const name of inputs) node.bytes(NODE.input, name);
    for (const name of outputs) node.bytes(NODE.output, name);
    node.bytes(NODE.name, `make_${outputs[0]}`).bytes(NODE.opType, opType);
    for (const [name, value] of Object.entries(attributes)) node.message(NODE.attribute, attribute(name, value));
    this.#graph.message(GRAPH.node, node);
  }

  #constant(shape: readonly number[], type: ElementType, fill: (tensor: Message) => void): string {
    const name = this.#newName(type);
    const tensor = new Message().integers(TENSOR.dims, shape).integer(TENSOR.type, elementTypes[type]);
    fill(tensor);
    this.#graph.message(GRAPH.initializer, tensor.bytes(TENSOR.name, name));
    return name;
  }

  #shared(key: string, make: () => string): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.#constants.set(key, name);
    return name;
  }

  #newName(kind: string): string {
    return `${kind}_${this.#values++}`;
  }
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().bytes(ATTRIBUTE.name, name);
  const typed = (type: number) => message.integer(ATTRIBUTE.type, type);
  if (typeof value === 'number') return typed(ATTRIBUTE_TYPE.integer).integer(ATTRIBUTE.integer, value);
  if (typeof value === 'string') return typed(ATTRIBUTE_TYPE.text).bytes(ATTRIBUTE.text, value);
  if (!('texts' in value)) return typed(ATTRIBUTE_TYPE.integers).integers(ATTRIBUTE.integers, value);
  typed(ATTRIBUTE_TYPE.texts);
  for (const text of value.texts) message.bytes(ATTRIBUTE.texts, text);
  return message;
}

function valueInfo({ name, type, shape, about }: GraphValue): Message {
  const dims = new Message();
  for (const size of shape) {
    const dim = new Message();
    dims.message(SHAPE.dim, typeof size === 'number' ? dim.integer(DIM.size, size) : dim.bytes(DIM.name, size));
  }
  const tensor = new Message().integer(TENSOR_TYPE.element, elementTypes[type]).message(TENSOR_TYPE.shape, dims);
  const typed = new Message().message(TYPE.tensor, tensor);
  return new Message().bytes(VALUE.name, name).message(VALUE.type, typed).bytes(VALUE.doc, about);
}
