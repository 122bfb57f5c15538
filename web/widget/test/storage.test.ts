import { expect, test } from 'vitest';
import { pack, unpack } from '../src/shared/json';
import { forgetPerson, readState } from '../src/shared/keep';
import { Outbox } from '../src/chat/core/outbox';
import { memoryKeep } from './support';
import { isEngaged } from '../src/shared/session';

const BROKEN = [null, '', 'null', '{', '[]', '5', '"text"', 'true', '{"open":"yes","engagedAt":"x","thread":{},"outbox":1}'];

test.each(BROKEN)('a state that reads %s is none', (text) => {
  expect(readState(text)).toEqual({ open: false, engagedAt: 0, thread: null, outbox: false, left: null });
});

test.each([...BROKEN, pack({ client_id: 'a', identity: 'me', thread: 't', body: 'x', created_at: '' })])(
  'a message that reads %s is none',
  (text) => {
    const keep = memoryKeep(new Map([['out:a', text ?? '']]));
    const hooks = { send: async () => ({ kind: 'again' as const }), sent() {}, session() {}, changed() {}, schedule() {} };
    const outbox = new Outbox(keep, hooks);
    outbox.load('me');
    expect(outbox.items).toEqual([]);
  },
);

test('one person leaves nothing to the next', () => {
  const keep = memoryKeep(new Map([['draft:new', 'a'], ['draft:t1', 'b'], ['out:a', 'c'], ['visitor', 'd']]));
  keep.remember({ open: true, thread: 't1', engagedAt: 5, outbox: true });
  forgetPerson(keep);
  expect([...keep.data.keys()].sort()).toEqual(['state', 'visitor']);
  expect(keep.remembered()).toEqual({ open: true, thread: null, engagedAt: 0, outbox: false });
});

test('JSON is written as the browser writes it, whatever a library has taught arrays', () => {
  const value = { a: ['é "q" \\ \n\u2028', 1.5, true, null, []], b: { c: '表😀' }, d: undefined, '"': -0.5 };
  const expected = JSON.parse(JSON.stringify(value));
  Object.defineProperty(Array.prototype, 'toJSON', { value: () => 'no', configurable: true });
  try {
    expect(unpack(pack(value))).toEqual(expected);
  } finally {
    delete (Array.prototype as { toJSON?: unknown }).toJSON;
  }
  expect(pack([new Date(0), NaN, () => 1, undefined])).toBe('["1970-01-01T00:00:00.000Z",null,null,null]');
  expect(pack(['é', 'x\ud83d'])).toBe('["\\u00e9","x\\ufffd"]');
});

test('a word that a wrong clock has put far ahead keeps nobody engaged', () => {
  const hour = 3600 * 1000;
  const at = [0, -23 * hour, -25 * hour, hour, 365 * 24 * hour].map((from) => isEngaged(Date.now() + from));
  expect(at).toEqual([true, true, false, true, false]);
});
