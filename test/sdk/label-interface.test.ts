import { describe, expect, test } from 'vitest';
import { createContext, valuesInMemory } from '../../src/sdk/context.ts';
import { LabelInterface } from '../../src/sdk/label-interface.ts';

const config = `<View>
  <Text name="news" value="$article.text"/><HyperText name="page" value="$html"/><Image name="i" value="$image"/>
  <TextArea name="note" toName="news"/>
  <Choices name="tone" toName="page" choice="multiple"><Choice value="Calm"/><Choice value="Loud"/></Choices>
  <Choices name="topic" toName="news">
    <Choice value="Sports" predicted_values="sport, football"/><Choice value="R&amp;D" alias="research"/>
  </Choices>
  <Taxonomy name="place" toName="news"><Choice value="Europe"><Choice value="France"/></Choice></Taxonomy>
</View>`;

describe('LabelInterface', () => {
  const label = new LabelInterface(config);

  test('finds the first control of a type on an object of a type', () => {
    expect(label.first().fromName).toBe('tone');
    const topic = label.first('Choices', 'Text');
    expect(topic).toMatchObject({
      fromName: 'topic',
      toName: 'news',
      type: 'Choices',
      objectType: 'Text',
      value: 'article.text',
      labels: ['Sports', 'research'],
      isMultiple: false,
    });
    expect(label.first('Taxonomy').fromName).toBe('place');
    expect(label.control('tone').isMultiple).toBe(true);
    expect(label.parsed['note']).toMatchObject({ type: 'TextArea' });
  });

  test('says what the config lacks, and which names it has', () => {
    expect(() => label.first('Choices', 'Paragraphs')).toThrow(/needs a Choices on a Paragraphs, and the label config/);
    expect(() => label.control('toppic')).toThrow('no control "toppic"; there is "tone", "topic", "place".');
    const image = '<View><Image name="i" value="$i"/><Choices name="c" toName="i"><Choice value="a"/></Choices></View>';
    expect(() => new LabelInterface(image).first()).toThrow(/of type Image, and only Text/);
    expect(() => new LabelInterface('<View>')).toThrow(/label config/);
  });

  test('maps what a model of other words says to the labels', () => {
    const { labelMap } = label.control('topic');
    expect(['sport', 'football', 'Sports', 'research', 'tennis'].map((said) => labelMap.get(said))).toEqual([
      'Sports',
      'Sports',
      'Sports',
      'research',
      undefined,
    ]);
  });

  test('reads texts and annotations of its control', () => {
    const topic = label.control('topic');
    expect(topic.textOf({ data: { article: { text: 'a goal' } } })).toBe('a goal');
    expect(topic.textOf({ data: { text: 'elsewhere' } })).toBeNull();
    expect(label.control('tone').textOf({ data: { html: '<p>very <b>calm</b></p>' } })).toBe('very calm');
    const items = [
      { from_name: 'tone', to_name: 'page', type: 'choices', value: { choices: ['Loud'] } },
      { from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: ['research'] } },
    ];
    expect(topic.labelsOf({ result: items })).toEqual(['research']);
    expect(topic.labelsOf({ result: items, was_cancelled: true })).toEqual([]);
    for (const odd of [null, [], { result: null }, { result: [null, { value: 3 }] }]) {
      expect(topic.labelsOf(odd as never)).toEqual([]);
    }
  });

  test('builds results in the form of the control', () => {
    expect(label.control('topic').prediction('Sports', 1.2)).toEqual({
      result: [{ from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: ['Sports'] } }],
      score: 1,
    });
    expect(label.control('topic').prediction([], 0.1)).toEqual({ result: [], score: 0.1 });
    const place = label.control('place');
    const [, france = ''] = place.labels;
    expect(place.nameOf(france)).toBe('Europe / France');
    expect(place.choice(france, 'x1')).toEqual({
      id: 'x1',
      from_name: 'place',
      to_name: 'news',
      type: 'taxonomy',
      value: { taxonomy: [['Europe', 'France']] },
    });
  });
});

describe('createContext', () => {
  const labelConfig = config;

  test('is enough for a model class without a server', async () => {
    const context = createContext({ labelConfig });
    expect(context.labelInterface.first().fromName).toBe('tone');
    expect([context.trainOutput, context.modelVersion]).toEqual([null, 'untrained']);
    await expect(context.readFile('model')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await context.set('seen', { texts: 3 });
    expect(await context.get('seen')).toEqual({ texts: 3 });
    await context.set('seen', null);
    expect(await context.get('seen')).toBeNull();
  });

  test('keeps a model from the keys of the server, and from what is no small JSON', async () => {
    const values = valuesInMemory(async () => ({ labelConfig: 'secret', 'own:kept': 1 }));
    const context = createContext({ labelConfig, values });
    expect([await context.get('labelConfig'), await context.get('kept')]).toEqual([null, 1]);
    await context.set('labelConfig', 'mine');
    expect(values.changes).toEqual({ 'own:labelConfig': 'mine' });
    await expect(context.set('', 1)).rejects.toThrow('1 to 100 characters');
    await expect(context.set('f', (() => 1) as never)).rejects.toThrow('must be plain JSON');
    await expect(context.set('big', 'x'.repeat(70_000))).rejects.toThrow('over 64 KiB');
  });
});
