import { describe, expect, it } from 'vitest';
import { keptOf, partsOf, typedAt } from './mentions';

const [ann, anna] = [
  { id: '1111111111111111111111aa', name: 'Ann' },
  { id: '2222222222222222222222bb', name: 'Anna Berg' },
];

describe('who is mentioned', () => {
  it('is kept by id, as far as the name stands there', () => {
    expect(keptOf('@Anna Berg and @Ann, see', [ann, anna])).toEqual({
      body: `@[${anna.id}] and @[${ann.id}], see`,
      ids: [anna.id, ann.id],
    });
    expect(keptOf('@Anna Ber and @Annika', [ann, anna])).toEqual({ body: '@Anna Ber and @Annika', ids: [] });
    expect(keptOf('@Ann @Ann', [ann])).toEqual({ body: `@[${ann.id}] @[${ann.id}]`, ids: [ann.id] });
  });

  it('is read by name', () => {
    expect(partsOf(`Hi @[${ann.id}]! @[${anna.id}] @[x]`, [ann])).toEqual([
      'Hi ',
      ann,
      '! ',
      { id: anna.id, name: null },
      ' @[x]',
    ]);
  });

  it('is looked for after an @ that begins a word', () => {
    expect(typedAt('Ask @om', 7)).toEqual({ from: 4, text: 'om' });
    expect(typedAt('@', 1)).toEqual({ from: 0, text: '' });
    expect(typedAt('(@Omar Sa', 9)).toEqual({ from: 1, text: 'Omar Sa' });
    expect(typedAt('ann@shop.test', 13)).toBe(null);
    expect(typedAt('@omar\nsee', 9)).toBe(null);
    expect(typedAt('Ask @omar', 4)).toBe(null);
  });
});
