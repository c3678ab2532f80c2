// The part of JSON Schema that our API is described with, and its meaning: one schema both stands in /openapi.json and
// decides what a route takes. An unknown field is let pass, as everywhere in this server.
import { SparrowError } from '../errors.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';

type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

export interface Schema {
  readonly $ref?: string;
  readonly type?: TypeName | readonly TypeName[];
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  /** Of every field that `properties` does not name. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly (string | number | null)[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly examples?: readonly unknown[];
}

export type Schemas = { readonly [name: string]: Schema };

const refStart = '#/components/schemas/';

/** A reference to a schema that has a name. */
export function ref(name: string): Schema {
  return { $ref: `${refStart}${name}` };
}

/** The schema behind a reference; any other is itself. */
export function resolved(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref === undefined) return schema;
  const found = schemas[schema.$ref.slice(refStart.length)];
  if (!found) throw new Error(`There is no schema ${schema.$ref}.`);
  return found;
}

/** What is wrong with a value, as the end of a sentence that begins with its place; null when nothing is. */
export function violation(value: unknown, schema: Schema, schemas: Schemas, place = ''): string | null {
  const rule = resolved(schema, schemas);
  if (rule.anyOf) {
    const found = rule.anyOf.map((one) => violation(value, one, schemas, place));
    return found.includes(null) ? null : (found[0] ?? null);
  }
  const types = rule.type === undefined ? null : [rule.type].flat();
  if (types && !types.some((type) => isOf(type, value)))
    return `${place || 'It'} must be ${types.map(named).join(' or ')}.`;
  if (rule.enum && !rule.enum.includes(value as string))
    return `${place || 'It'} must be one of ${rule.enum.join(', ')}.`;
  return sizeViolation(value, rule, place) ?? partViolation(value, rule, schemas, place);
}

function sizeViolation(
  value: unknown,
  { minimum, maximum, minLength, maxLength }: Schema,
  place: string,
): string | null {
  const name = place || 'It';
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) return `${name} must be at least ${minimum}.`;
    if (maximum !== undefined && value > maximum) return `${name} must be at most ${maximum}.`;
  }
  if (typeof value === 'string') {
    if (minLength !== undefined && value.length < minLength) return `${name} must not be empty.`;
    if (maxLength !== undefined && value.length > maxLength)
      return `${name} must have at most ${maxLength} characters.`;
  }
  return null;
}

function partViolation(value: unknown, rule: Schema, schemas: Schemas, place: string): string | null {
  if (Array.isArray(value)) {
    const { items } = rule;
    return items ? firstOf(value.entries(), ([i, item]) => violation(item, items, schemas, `${place}[${i}]`)) : null;
  }
  if (!isObject(value)) return null;
  const inside = (name: string) => (place === '' ? name : `${place}.${name}`);
  const missing = rule.required?.find((name) => value[name] === undefined);
  if (missing !== undefined) return `${inside(missing)} is missing.`;
  return firstOf(Object.entries(value), ([name, part]) => {
    const own = rule.properties && Object.hasOwn(rule.properties, name) ? rule.properties[name] : undefined;
    const schema = own ?? rule.additionalProperties;
    return schema === undefined || part === undefined ? null : violation(part, schema, schemas, inside(name));
  });
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}

function isOf(type: TypeName, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function named(type: TypeName): string {
  if (type === 'null') return 'null';
  return type === 'string' ? 'a text' : type === 'array' ? 'a list' : /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The body, when it is what the schema asks for; otherwise BAD_INPUT with the place. */
export function conforming(body: JsonObject, schema: Schema, schemas: Schemas): JsonObject {
  const found = violation(body, schema, schemas);
  if (found !== null) throw new SparrowError('BAD_INPUT', found);
  return body;
}
