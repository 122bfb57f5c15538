// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';
import { claimsOf } from '../src/shared/claims';
import { find, numberIn } from '../src/catalog/variables';
import { fillIn } from '../src/shared/fill';
import { spoken } from '../src/shared/locale';
import { customOf } from '../src/shared/session';
import { settled } from '../src/shared/settled';
import type { Bridge, InPage, Variable } from '../src/shared/types';

const variable = (in_page: Partial<InPage>, kind: Variable['kind'] = 'string'): Variable => ({
  name: 'custom_x',
  label: 'X',
  kind,
  in_page: { by: 'selector', expression: '', ...in_page } as InPage,
});

beforeEach(() => {
  document.head.innerHTML = '<meta name="section" content="Shoes"><meta property="og:type" content="product">';
  document.body.innerHTML = `<p class="total" data-cents="4990">Total: 1 299,50 €</p><input id="size" value="42">
    <select id="colour"><option>red</option><option selected>blue</option></select>`;
  document.cookie = 'tier=gold%20plus';
  history.replaceState({}, '', '/shop?ref=mail&n=3');
  Object.assign(window, {
    shop: { cart: { count: 3, items: ['a', 'b'], add: () => 1 }, get secret() { return 'called'; } },
  });
});

test.each<[Partial<InPage>, Variable['kind'], unknown]>([
  [{ expression: '.total' }, 'string', 'Total: 1 299,50 €'],
  [{ expression: '.total' }, 'number', 1299.5],
  [{ expression: '.total', attribute: 'data-cents' }, 'number', 4990],
  [{ expression: '.total', attribute: 'data-none' }, 'number', undefined],
  [{ expression: '.total', pattern: '(\\d+),' }, 'string', '299'],
  [{ expression: '.total', pattern: '(x+)' }, 'string', undefined],
  [{ expression: '#size' }, 'number', 42],
  [{ expression: '#colour' }, 'string', 'blue'],
  [{ expression: '.none' }, 'string', undefined],
  [{ expression: '((' }, 'string', undefined],
  [{ expression: '.total', pattern: '((' }, 'string', undefined],
  [{ by: 'meta', expression: 'section' }, 'string', 'Shoes'],
  [{ by: 'meta', expression: 'og:type' }, 'string', 'product'],
  [{ by: 'cookie', expression: 'tier' }, 'string', 'gold plus'],
  [{ by: 'cookie', expression: 'none' }, 'string', undefined],
  [{ by: 'url_parameter', expression: 'ref' }, 'string', 'mail'],
  [{ by: 'url_parameter', expression: 'n' }, 'number', 3],
  [{ by: 'url_parameter', expression: 'none' }, 'string', undefined],
  [{ by: 'js_path', expression: 'shop.cart.count' }, 'number', 3],
  [{ by: 'js_path', expression: 'shop.cart.items.1' }, 'string', 'b'],
  [{ by: 'js_path', expression: 'shop.cart.items' }, 'string', '["a","b"]'],
  [{ by: 'js_path', expression: 'shop.cart.add' }, 'string', undefined],
  [{ by: 'js_path', expression: 'shop.secret' }, 'string', undefined],
  [{ by: 'js_path', expression: 'shop.none.deeper' }, 'string', undefined],
  [{ by: 'js_path', expression: 'shop.toString' }, 'string', undefined],
])('%j as a %s is %j', (in_page, kind, expected) => {
  expect(find(variable(in_page, kind))).toEqual(expected);
});

test('a variable that is not found in the page is undefined', () => {
  expect(find({ ...variable({}), in_page: null })).toBe(undefined);
});

test.each([
  ['1,299.50', 1299.5],
  ['1.299,50 €', 1299.5],
  ["CHF 1'299.-", 1299],
  ['1,299', 1299],
  ['1.299.000', 1299000],
  ['-12,5 °C', -12.5],
  ['0.5', 0.5],
  ['3.14159', 3.14159],
  ['0.125', 0.125],
  ['€ 0,750', 0.75],
  ['-0.001', -0.001],
  ['2 items, 3 left', 2],
  ['none', undefined],
])('the number in %s', (text, expected) => {
  expect(numberIn(text)).toBe(expected);
});

test('what a script fills in is a text, a number or a truth', () => {
  const long = 'x'.repeat(1001);
  expect([5, true, 'a', '', null, undefined, NaN, [1], { a: 1 }, long].map((value) => settled(value))).toEqual([
    5, true, 'a', '', undefined, undefined, undefined, '[1]', '{"a":1}', long.slice(1),
  ]);
});

test('what has no end, or cannot be read, is no value', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const faulty = { get name() { throw new Error('no'); } };
  expect([cyclic, faulty].map((value) => settled(value))).toEqual([undefined, undefined]);
  const custom = { custom_cart: cyclic, custom_tags: ['a'], custom_size: null };
  const told = customOf({ found: { custom_size: 4, custom_n: 2 }, visitor: { custom } } as unknown as Bridge);
  expect(JSON.parse(JSON.stringify(told))).toEqual({ custom_tags: '["a"]', custom_n: 2 });
});

test('a pattern runs over the first thousand characters', () => {
  (document.querySelector('.total') as HTMLElement).textContent = 'x'.repeat(100_000);
  expect(find(variable({ expression: '.total', pattern: '(x+)' }))).toHaveLength(1000);
});

test('a pattern that takes too long is given up, and the others go on', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  (document.querySelector('.total') as HTMLElement).textContent = `${'1'.repeat(990)}!`;
  const slow = variable({ expression: '.total', pattern: '(\\d*\\d*\\d*\\d*\\d*x)' });
  expect([find(slow), find(slow)]).toEqual([undefined, undefined]);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(find(variable({ expression: '.total', pattern: '(!)' }))).toBe('!');
  (document.querySelector('.total') as HTMLElement).textContent = '';
  expect(find(variable({ expression: '.total', pattern: '(.*)' }))).toBe('');
  warn.mockRestore();
});

test('texts are in the language that is wanted, a near one, or English', () => {
  const texts = { en: 'Hello', fr: 'Bonjour', pt_BR: 'Oi' };
  expect(['fr', 'fr-ca', 'pt-br', 'pt', 'de'].map((code) => spoken(texts, [code]))).toEqual([
    'Bonjour', 'Bonjour', 'Oi', 'Oi', 'Hello',
  ]);
  expect(spoken({ de: 'Hallo' }, ['fr'])).toBe('Hallo');
  expect(spoken({}, ['fr'])).toBe(undefined);
});

test('the name of the person is filled in, and what nobody knows leaves no gap', () => {
  expect(fillIn('Hi {{firstname}} {{ lastname }}!', { firstname: 'Ada', lastname: 'Brooks' })).toBe('Hi Ada Brooks!');
  expect(fillIn('Hi {{firstname}}!', null)).toBe('Hi!');
  expect(fillIn('{{identity.firstname}}, hello', { firstname: 'Ada' })).toBe('Ada, hello');
  expect(fillIn('  as it is  ', null)).toBe('  as it is  ');
});

test('a token tells its claims, whatever it is made of', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (value: unknown) => `${part({ alg: 'HS256' })}.${part(value)}.x`;
  expect(claimsOf(token({ uuid: 7, firstname: 'Zoë', lastname: '李' }))).toEqual({ uuid: 7, firstname: 'Zoë', lastname: '李' });
  for (const broken of [null, '', 'a', 'a.b', 'a.!.c', 'a..', `${part(1)}.${part('x').slice(1)}.`, 5]) {
    expect(Object.keys(claimsOf(broken as string)), `${broken}`).toEqual([]);
  }
});
