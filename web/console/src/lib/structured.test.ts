import { expect, test } from 'vitest';
import { structuredCards, webLink, type Structured } from './structured';

test('cards and their buttons, whatever the type', () => {
  const buttons = (message: Structured) => structuredCards(message).map((card) => card.buttons.map((b) => b.title));
  expect(buttons({ type: 'select', items: [{ title: 'Yes' }, { title: 'No' }] })).toEqual([['Yes', 'No']]);
  const items = [{ title: 'Fern', items: [{ title: 'Buy' }] }, { title: 'Ivy' }];
  expect(structuredCards({ type: 'carousel', items }).map((card) => card.title)).toEqual(['Fern', 'Ivy']);
  expect(buttons({ type: 'carousel', items })).toEqual([['Buy'], []]);
  expect(buttons({ type: 'other', items: 'x' })).toEqual([[]]);
});

test('only addresses of the web are links', () => {
  expect(webLink({ url: 'https://shop.test' })).toBe('https://shop.test');
  expect(webLink({ url: 'fern://7', url_fallback: 'https://shop.test' })).toBe('https://shop.test');
  expect(webLink({ url: 'javascript:alert(1)' })).toBeNull();
});
