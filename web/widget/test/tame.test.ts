import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tame } from '../src/loader/tame';
import { parseColor, takesWhite } from '../src/shared/color';

const nested = (levels: number) => {
  let value: object = {};
  for (let i = 1; i < levels; i++) value = { value };
  return value;
};

test('what a page gives becomes data, and dates become texts', () => {
  const given = { a: [1, 'two', true, null, undefined], at: new Date(0), none: new Date(NaN), act() {}, mark: Symbol('x'), gone: undefined };
  const data = { a: [1, 'two', true, null, undefined], at: '1970-01-01T00:00:00.000Z', none: null, act: null, mark: null, gone: undefined };
  expect(tame(given)).toEqual(data);
  expect(`${tame({ toString: 1, valueOf: 2, en: 3 })}`).toBe('[object Object]');
});

test('what has no end, is too much or throws is nothing', () => {
  const ring: { ring?: object } = {};
  ring.ring = ring;
  let twice = {};
  for (let i = 0; i < 40; i++) twice = { a: twice, b: twice };
  const trap = { get name() { throw new Error('of the page'); } };
  // A server reads JSON of 127 levels.
  for (const one of [ring, twice, trap, nested(100)]) expect(() => tame(one)).toThrow();
  expect(tame(nested(60))).toEqual(nested(60));
  const hole: unknown[] = [];
  hole[4e9] = 'x';
  expect(tame(hole)).toEqual(['x']);
});

test('white can be read on each colour that a source can have', () => {
  const known = readFileSync('../../crates/domain/src/setup/source_color.rs', 'utf8').match(/#[\da-f]{6}/g) ?? [];
  expect(known.length).toBe(10);
  for (const color of known) expect(takesWhite(parseColor(color)), color).toBe(true);
});
