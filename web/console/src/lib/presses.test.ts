import { beforeEach, expect, it } from 'vitest';
import { Presses } from './presses';

let now = 0;
let done: string[] = [];
let presses: Presses;
const press = (key: string, of: string, when: 'now' | 'busy' | 'opening' = 'now') => presses.press(key, of, () => done.push(`${key} ${of}`), when);

beforeEach(() => {
  [now, done, presses] = [0, [], new Presses(() => now)];
});

it('does what comes while the next conversation opens once that is there', () => {
  press('e', 'a');
  presses.moved('a', 'b');
  press('t', 'b', 'opening');
  expect(done).toEqual(['e a']);
  presses.settle('b');
  expect(done).toEqual(['e a', 't b']);
  presses.settle('b');
  expect(done).toEqual(['e a', 't b']);
});

it('does on the next one what comes while the one before is still on its way out', () => {
  press('e', 'a');
  press('r', 'a', 'busy');
  presses.moved('a', 'b');
  expect(presses.writing).toBe(true);
  presses.settle('b');
  expect(done).toEqual(['e a', 'r a']);
  expect(presses.writing).toBe(false);
});

it('does nothing to another conversation than the one that it was pressed for', () => {
  press('e', 'a', 'opening');
  presses.settle('b');
  presses.settle('a');
  expect(done).toEqual([]);
});

it('does nothing after what was refused', () => {
  press('t', 'a');
  press('e', 'a', 'busy');
  presses.drop();
  presses.settle('a');
  expect(done).toEqual(['t a']);
});

it('does once what was pressed twice, and does it again to who has had time to read', () => {
  press('e', 'a');
  press('e', 'a', 'busy');
  presses.moved('a', 'b');
  now = 150;
  press('e', 'b', 'opening');
  presses.settle('b');
  now = 399;
  press('e', 'b');
  expect(done).toEqual(['e a']);
  now = 400;
  press('e', 'b');
  expect(done).toEqual(['e a', 'e b']);
});

it('has other keys act at once', () => {
  press('e', 'a');
  presses.moved('a', 'b');
  press('t', 'b');
  expect(done).toEqual(['e a', 't b']);
});

it('takes no key for doubled after another one, or where a dialog has led on', () => {
  press('e', 'a');
  presses.moved('a', 'b', false);
  press('e', 'b');
  presses.moved('b', 'c');
  presses.other();
  press('e', 'c');
  expect(done).toEqual(['e a', 'e b', 'e c']);
});
