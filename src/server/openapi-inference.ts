// The bodies of the open inference protocol, V2, as far as we read or write them.
import type { Schema } from './openapi-schema.ts';

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'array', items: text };
const shape: Schema = { type: 'array', items: { type: 'integer', minimum: -1 } };

function whole(properties: { [name: string]: Schema }, description = ''): Schema {
  const required = Object.keys(properties);
  return { type: 'object', ...(description !== '' && { description }), properties, required };
}

const tensors: Schema = { type: 'array', items: whole({ name: text, datatype: text, shape }) };

const inputTensor = whole(
  {
    name: { enum: ['text'] },
    datatype: { enum: ['BYTES'] },
    shape,
    data: { type: 'array', description: 'The texts, flat or in rows of one.' },
  },
  'The texts.',
);

export const inferenceShapes = {
  InferenceLive: whole({ live: { type: 'boolean' } }),
  InferenceReady: whole({ ready: { type: 'boolean' } }),
  InferenceServer: whole({ name: text, version: text, extensions: texts }),
  InferenceModel: whole(
    { name: text, versions: texts, platform: text, inputs: tensors, outputs: tensors },
    'The name is the project’s id, the one version the one that serves.',
  ),
  InferenceModelReady: whole({ name: text, ready: { type: 'boolean' } }),
  InferenceRequest: {
    type: 'object',
    required: ['inputs'],
    properties: {
      id: { type: 'string', description: 'Comes back with the answer.' },
      inputs: { type: 'array', items: inputTensor, description: 'One tensor.' },
      outputs: { type: 'array', items: whole({ name: text }), description: 'Only these; without it all.' },
    },
  },
  InferenceAnswer: {
    type: 'object',
    required: ['model_name', 'model_version', 'outputs'],
    properties: {
      model_name: text,
      model_version: text,
      id: text,
      outputs: {
        type: 'array',
        items: whole({ name: text, datatype: { enum: ['BYTES', 'FP32'] }, shape, data: { type: 'array' } }),
        description:
          'For each control its label, or where it takes several their list as JSON; score; and result, the whole as Label Studio has it.',
      },
    },
  },
} satisfies { [name: string]: Schema };
