import { describe, expect, test } from 'vitest';
import {
  CRITERIA,
  clock,
  evaluate,
  holds,
  type Kind,
  kindsOf,
  matches,
  normalise,
  OPERATORS,
  POSITIONS,
  pagesAt,
  parts,
  toNumber,
  type Values,
} from '../src/manager/targeting';
import { VisitStore } from '../src/manager/store';
import { memoryKeep } from './support';

const NAIVE = ' La  Naïveté ';

test.each<[unknown, string, string | undefined, boolean]>([
  [NAIVE, 'is', ' La Naïveté ', true],
  [NAIVE, 'is', 'la naivete', true],
  [NAIVE, 'is', ' la naivete ', true],
  [NAIVE, 'is', 'la naivete, hello', true],
  [NAIVE, 'is', 'hello', false],
  [NAIVE, 'is_not', 'la naivete', false],
  [NAIVE, 'is_not', 'la naivete, des gens', false],
  [NAIVE, 'is_not', 'hello, des gens', true],
  [NAIVE, 'contains', 'naïve', true],
  [NAIVE, 'contains', ' naïve ', true],
  [NAIVE, 'contains', 'naif', false],
  [NAIVE, 'does_not_contain', 'naif', true],
  [NAIVE, 'does_not_contain', 'naif, naive', false],
  [NAIVE, 'starts_with', ' La ', true],
  [NAIVE, 'starts_with', 'la', true],
  [NAIVE, 'starts_with', 'naivete', false],
  ['La Naïveté des Gens', 'ends_with', ' des gens ', true],
  ['La Naïveté des Gens', 'ends_with', 'des', false],
  [undefined, 'is_not', 'x', true],
  [undefined, 'does_not_contain', 'x', true],
  [undefined, 'is_not_present', undefined, true],
  [undefined, 'is', 'x', false],
  [undefined, 'is', '', false],
  [undefined, 'contains', 'x', false],
  [undefined, 'starts_with', 'x', false],
  [undefined, 'ends_with', 'x', false],
  [undefined, 'is_present', undefined, false],
  ['', 'is_present', undefined, false],
  ['', 'is_not_present', undefined, true],
  ['', 'is_not', '', false],
  ['', 'is', '', true],
  [' \u00a0 ', 'is_present', undefined, false],
  ['x', 'is_present', undefined, true],
  ['x', 'is_not_present', undefined, false],
  ['x', 'is', '', false],
  [undefined, 'is_not', '', true],
  ['a', 'contains', ',', false],
  ['a', 'does_not_contain', ' , ', true],
  ['/caf%C3%A9', 'contains', '/café', false],
  ['øß œ', 'is', 'ØSS OE', false],
  [58, 'is', '58', true],
  [null, 'is_not_present', undefined, true],
])('of the text %j, %s %j: %s', (found, operator, value, expected) => {
  expect(matches('string', operator, found, value)).toBe(expected);
});

test.each<[Kind, unknown, string, unknown, boolean]>([
  ['number', 5, 'is', '5', true],
  ['number', '1 234,5', 'is', 1234.5, true],
  ['number', '5', 'is', 6, false],
  ['number', 5, 'gte', '5', true],
  ['number', 4.9, 'gte', 5, false],
  ['number', 5, 'lte', 5, true],
  ['number', 5.1, 'lte', 5, false],
  ['number', 0, 'is_present', null, true],
  ['number', 0, 'is_not_present', null, false],
  ['number', 'five', 'is_present', null, false],
  ['number', 'five', 'is_not_present', null, true],
  ['number', Infinity, 'gte', 1, false],
  ['number', '1e3', 'gte', 1, false],
  ['number', undefined, 'is', 0, false],
  ['number', undefined, 'gte', 0, false],
  ['number', undefined, 'lte', 0, false],
  ['number', undefined, 'is_present', null, false],
  ['number', undefined, 'is_not_present', null, true],
  ['boolean', true, 'is', true, true],
  ['boolean', 'true', 'is', 'true', true],
  ['boolean', '0', 'is', false, true],
  ['boolean', false, 'is', true, false],
  ['boolean', 'perhaps', 'is', false, false],
  ['boolean', true, 'is_present', null, true],
  ['boolean', false, 'is_present', null, false],
  ['boolean', false, 'is_not_present', null, true],
  ['boolean', true, 'is_not_present', null, false],
  ['boolean', undefined, 'is', false, false],
  ['boolean', undefined, 'is_present', null, false],
  ['boolean', undefined, 'is_not_present', null, true],
  ['day', 7, 'is', 'sunday', true],
  ['day', 1, 'is', 'sunday', false],
  ['day', 6, 'gte', 'saturday', true],
  ['day', 7, 'gte', 'saturday', true],
  ['day', 1, 'gte', 'saturday', false],
  ['day', 5, 'lte', 'friday', true],
  ['day', 6, 'lte', 'friday', false],
  ['day', 3, 'is_present', null, true],
  ['day', 3, 'is_not_present', null, false],
  ['day', undefined, 'is', 'monday', false],
  ['day', undefined, 'gte', 'monday', false],
  ['day', undefined, 'lte', 'sunday', false],
  ['day', undefined, 'is_not_present', null, true],
  ['time', '00:00', 'is', '00:00', true],
  ['time', '00:14', 'is', '00:00', true],
  ['time', '00:15', 'is', '00:00', false],
  ['time', '20:00', 'gte', '20:00', true],
  ['time', '23:59', 'gte', '20:00', true],
  ['time', '19:59', 'gte', '20:00', false],
  ['time', '19:45', 'lte', '19:45', true],
  ['time', '19:46', 'lte', '19:45', false],
  ['time', '00:00', 'lte', '00:00', true],
  ['time', '12:00', 'is_present', null, true],
  ['time', '12:00', 'is_not_present', null, false],
  ['time', undefined, 'is', '00:00', false],
  ['time', undefined, 'gte', '00:00', false],
  ['time', undefined, 'lte', '23:45', false],
  ['time', undefined, 'is_not_present', null, true],
])('of the %s %j, %s %j: %s', (kind, found, operator, value, expected) => {
  expect(matches(kind, operator, found, value)).toBe(expected);
});

test('each operator that a kind lacks is none', () => {
  const all = [...new Set(Object.values(OPERATORS).flat())];
  for (const kind of Object.keys(OPERATORS) as Kind[]) {
    for (const operator of [...all, 'toString', '']) {
      const known = OPERATORS[kind].includes(operator);
      expect(matches(kind, operator, 'x', 'x') !== undefined, `${kind} ${operator}`).toBe(known);
    }
  }
});

describe('the pages that a position means', () => {
  const all = Array.from({ length: 15 }, (_, i) => i + 1);
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  test.each<[string, number[]]>([
    ['current', [15]],
    ['previous', [14]],
    ['previous_2', [13]],
    ['previous_3', [12]],
    ['previous_4', [11]],
    ['previous_5', [10]],
    ['among_previous_2', [13, 14]],
    ['among_previous_3', range(12, 14)],
    ['among_previous_4', range(11, 14)],
    ['among_previous_5', range(10, 14)],
    ['current_or_previous', [14, 15]],
    ['current_or_among_previous_2', range(13, 15)],
    ['current_or_among_previous_3', range(12, 15)],
    ['current_or_among_previous_4', range(11, 15)],
    ['any', all],
    ['any_previous', range(1, 14)],
    ['first', [1]],
  ])('%s', (position, expected) => {
    expect(pagesAt(position, all)).toEqual(expected);
    for (const length of [1, 2, 6]) {
      const shift = 15 - length;
      const seen = all.slice(0, length);
      const moved = position === 'first' ? [1] : expected.map((n) => n - shift).filter((n) => n > 0);
      expect(pagesAt(position, seen), `${length} pages`).toEqual(moved);
    }
  });
  test('are those seventeen', () => {
    expect(new Set(POSITIONS).size).toBe(17);
    for (const none of ['previous_6', 'current_or_among_previous_5', 'toString', '']) expect(pagesAt(none, all)).toBe(undefined);
  });
});

const kinds = kindsOf([{ name: 'custom_cart_products', kind: 'number' }]);
const at = (...urls: string[]): Values[] => urls.map((page_url) => ({ page_url }));
const url = (position: string, operator: string, value?: string) => ({ criterion: 'page_url', position, operator, value });

test('on the first page of a visit the one before is undefined', () => {
  expect(holds(url('previous', 'is_not_present'), at('/a'), kinds)).toBe(true);
  expect(holds(url('previous', 'contains', '/'), at('/a'), kinds)).toBe(false);
  expect(holds(url('previous', 'does_not_contain', '/'), at('/a'), kinds)).toBe(true);
});

test('one page of several is enough, for what is negative too', () => {
  expect(holds(url('any', 'is', '/b'), at('/a', '/b', '/c'), kinds)).toBe(true);
  expect(holds(url('any', 'is_not', '/b'), at('/a', '/b'), kinds)).toBe(true);
  expect(holds(url('any', 'is_not', '/b'), at('/b', '/b'), kinds)).toBe(false);
});

test('leaving a funnel', () => {
  const funnel = [url('previous', 'contains', '/my-cart/order/'), url('current', 'does_not_contain', '/my-cart/order/')];
  expect(evaluate(funnel, at('/my-cart/order/1', '/shop'), kinds)).toEqual({ holds: true, results: [true, true] });
  expect(evaluate(funnel, at('/my-cart/order/1', '/my-cart/order/2'), kinds).results).toEqual([true, false]);
  expect(evaluate(funnel, at('/shop'), kinds).holds).toBe(false);
});

test('an emptied cart', () => {
  const criterion = 'custom_cart_products';
  const emptied = [
    { criterion, position: 'any', operator: 'gte', value: 1 },
    { criterion, position: 'current', operator: 'is', value: 0 },
  ];
  const cart = (...counts: unknown[]): Values[] => counts.map((count) => ({ [criterion]: count }));
  expect(evaluate(emptied, cart('2', '0'), kinds).holds).toBe(true);
  expect(evaluate(emptied, cart(0, 0), kinds).holds).toBe(false);
  expect(evaluate(emptied, cart(2, undefined), kinds).holds).toBe(false);
});

test('no conditions always hold, and one that nobody knows never does', () => {
  expect(evaluate([], at('/a'), kinds).holds).toBe(true);
  for (const change of [{ criterion: 'weather' }, { criterion: 'toString' }, { position: 'never' }, { operator: 'gte' }]) {
    expect(evaluate([{ ...url('current', 'is', '/a'), ...change }], at('/a'), kinds)).toEqual({
      holds: false,
      results: [undefined],
    });
  }
  expect(holds({ criterion: 'custom_other', position: 'current', operator: 'is', value: 1 }, at('/a'), kinds)).toBe(undefined);
});

test('each criterion takes each of its operators', () => {
  for (const [criterion, kind] of Object.entries(CRITERIA)) {
    for (const operator of OPERATORS[kind]) {
      expect(holds({ criterion, position: 'current', operator, value: '1' }, [{}], kinds), criterion).toBeTypeOf('boolean');
    }
  }
});

test('the clock is the one where the visitor is, or that of a zone', () => {
  expect(clock(new Date(2026, 2, 1, 0, 0, 59), 'visitor')).toEqual({ day_of_week: 7, time: '00:00' });
  expect(clock(new Date(2026, 2, 2, 19, 45, 59), 'visitor')).toEqual({ day_of_week: 1, time: '19:45' });
  expect(clock(new Date('2026-03-01T23:30:00Z'), 'Asia/Tokyo')).toEqual({ day_of_week: 1, time: '08:30' });
  expect(clock(new Date('2026-03-01T00:05:00Z'), 'UTC')).toEqual({ day_of_week: 7, time: '00:05' });
  expect(clock(new Date(2026, 2, 2, 8, 5), 'Nowhere/Land').time).toBe('08:05');
});

/** Texts without end, always the same ones. */
function texts(count: number): string[] {
  const some = ['a', 'É', 'ï', ' ', '\u00a0', '\t', ',', 'ß', 'İ', 'ﬁ', '日', '😀', '\u0301', '', 'Zz', '\u200d', '\ud800'];
  let seed = 7;
  const next = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  return Array.from({ length: count }, () => Array.from({ length: next(9) }, () => some[next(some.length)]).join(''));
}

test('to normalise twice is to normalise once', () => {
  for (const one of texts(3000)) expect(normalise(normalise(one))).toBe(normalise(one));
});

test('what is negative is the opposite of what is positive, for whatever is defined', () => {
  const all = texts(600);
  all.forEach((found, i) => {
    const value = all[(i * 7) % all.length];
    for (const [positive, negative] of [['is', 'is_not'], ['contains', 'does_not_contain'], ['is_present', 'is_not_present']]) {
      const [one, other] = [positive, negative].map((operator) => matches('string', `${operator}`, found, value));
      expect(one, JSON.stringify([found, positive, value])).toBe(!other);
    }
  });
});

test('a list has up to fifty texts, and empty ones are none', () => {
  expect(parts(' a, ,B,, ')).toEqual(['a', 'b']);
  expect(parts(' , ')).toEqual(['']);
  expect(parts(Array.from({ length: 60 }, (_, i) => i).join())).toHaveLength(50);
});

test('a number is one by its whole text', () => {
  expect(['12', '-3,5', '1 000', '+1', '1.', '.5', '0x1', '', '1,2,3', true, null].map(toNumber)).toEqual([
    12, -3.5, 1000, ...Array(8).fill(undefined),
  ]);
});

test('what was emptied on one page was full before', () => {
  const kinds = kindsOf([{ name: 'custom_cart', kind: 'number' }]);
  const store = new VisitStore(memoryKeep());
  store.begin();
  const cart = (value: unknown) => store.sample({ custom_cart: value });
  const found = (position: string, operator = 'gte', value: number = 2) =>
    holds({ criterion: 'custom_cart', position, operator, value }, store.pages().map((page) => page.values), kinds);
  for (const value of [undefined, '1', 3, '2', undefined, 0]) cart(value);
  expect([found('any'), found('current_or_previous'), found('any', 'gte', 4)]).toEqual([true, true, false]);
  expect([found('current'), found('current', 'is', 0), found('any', 'is', 3)]).toEqual([false, true, false]);
  store.begin();
  cart(0);
  expect([found('any_previous'), found('among_previous_3'), found('previous'), found('current')]).toEqual([true, true, false, false]);
  expect(found('previous', 'is', 0)).toBe(true);
});

test.each<[unknown, boolean]>([
  [true, true], ['true', true], ['1', true],
  [false, false], ['false', false], ['0', false], ['yes', false], [1, false], [null, false], [undefined, false], [{}, false],
])('an extra value of %j is true: %s', (value, expected) => {
  const kinds = kindsOf([{ name: 'custom_vip', kind: 'boolean' }]);
  const isTrue = (position: string, ...pages: Values[]) => holds({ criterion: 'custom_vip', position, operator: 'is', value: true }, pages, kinds);
  expect(isTrue('current', { custom_vip: value })).toBe(expected);
  // A value belongs to its page: on the next one it is not true until it is filled in again.
  expect(isTrue('current', { custom_vip: value }, {})).toBe(false);
  expect(isTrue('any', { custom_vip: value }, {})).toBe(expected);
});
