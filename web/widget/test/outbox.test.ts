import { expect, test, vi } from 'vitest';
import { Outbox, type OutItem, type SendResult } from '../src/chat/core/outbox';
import { memoryKeep, message, settle, thread } from './support';

function setup(results: (item: OutItem) => SendResult, keep = memoryKeep()) {
  const timers: (() => void)[] = [];
  const hooks = {
    send: vi.fn(async (item: OutItem) => results(item)),
    sent: vi.fn(),
    session: vi.fn(),
    changed: vi.fn(),
    schedule: (act: () => void) => void timers.push(act),
  };
  const outbox = new Outbox(keep, hooks);
  outbox.load('me');
  const add = (id: string, to = 't1') =>
    outbox.add({
      client_id: id,
      thread: to,
      body: id,
      attachments: [],
      before: [],
      created_at: `2026-01-01T10:00:0${id}Z`,
    });
  return { outbox, hooks, timers, keep, add, tried: () => hooks.send.mock.calls.map(([item]) => item.client_id) };
}

const sent = (item: OutItem): SendResult => ({
  kind: 'sent',
  message: message(`m${item.client_id}`, { client_id: item.client_id, from: 'visitor' }),
  thread: thread('t9'),
});

test('sends in order and leaves nothing behind', async () => {
  const { outbox, add, tried, keep } = setup(sent);
  add('1');
  add('2');
  await settle();
  expect(tried()).toEqual(['1', '2']);
  expect(outbox.items).toEqual([]);
  expect(keep.keys('out:')).toEqual([]);
  expect(keep.remembered().outbox).toBe(false);
});

test('is written down before it is sent', () => {
  const { add, keep } = setup(() => ({ kind: 'again' }));
  add('1');
  expect(keep.keys('out:')).toEqual(['out:1']);
  expect(keep.remembered().outbox).toBe(true);
});

test('tries again with the same client_id until there is an answer, and nothing overtakes', async () => {
  let away = 3;
  const { add, tried, timers, outbox } = setup((item) => (away-- > 0 ? { kind: 'again' } : sent(item)));
  add('1');
  add('2');
  await settle();
  expect(outbox.struggling).toBe(true);
  while (timers.length) {
    timers.shift()?.();
    await settle();
  }
  expect(tried()).toEqual(['1', '1', '1', '1', '2']);
  expect(outbox.items).toEqual([]);
  expect(outbox.struggling).toBe(false);
});

test('the next page picks up what the last one left, for the same identity only', async () => {
  const first = setup(() => ({ kind: 'again' }));
  first.add('2');
  first.add('1');
  const other = new Outbox(first.keep, first.hooks);
  other.load('somebody else');
  expect(other.items).toEqual([]);
  const second = setup(sent, first.keep);
  second.outbox.kick();
  await settle();
  expect(second.tried()).toEqual(['1', '2']);
  expect(first.keep.keys('out:')).toEqual([]);
});

test('later messages of a new conversation follow the first into its thread', async () => {
  const { add, hooks } = setup(sent);
  add('1', 'new:a');
  add('2', 'new:a');
  add('3', 'new:b');
  await settle();
  const threads = hooks.send.mock.calls.map(([item]) => item.thread);
  expect(threads).toEqual(['new:a', 't9', 'new:b']);
});

test('a frame that comes before the answer settles the message once', async () => {
  let answer: (result: SendResult) => void = () => {};
  const { outbox, hooks, add } = setup(sent);
  hooks.send.mockImplementationOnce(() => new Promise((done) => (answer = done)));
  add('1', 'new:a');
  const item = outbox.find('1') as OutItem;
  outbox.confirm(message('m1', { client_id: '1' }), thread('t9'));
  answer(sent(item));
  await settle();
  expect(hooks.sent).toHaveBeenCalledTimes(1);
  expect(outbox.items).toEqual([]);
});

test('a refusal is kept for the visitor to decide, and lets the others pass', async () => {
  const { outbox, add, tried, keep } = setup((item) =>
    item.client_id === '1' ? { kind: 'refused', error: 'thread_closed' } : sent(item),
  );
  add('1');
  add('2');
  await settle();
  expect(tried()).toEqual(['1', '2']);
  expect(outbox.find('1')).toMatchObject({ state: 'failed', error: 'thread_closed' });
  expect(keep.keys('out:')).toEqual(['out:1']);
  outbox.drop('1');
  expect(keep.keys('out:')).toEqual([]);
});

test('a lost session asks for a new one and waits for it', async () => {
  let known = false;
  const { outbox, hooks, add } = setup((item) => (known ? sent(item) : { kind: 'session' }));
  add('1');
  await settle();
  expect(hooks.session).toHaveBeenCalledTimes(1);
  known = true;
  outbox.kick();
  await settle();
  expect(outbox.items).toEqual([]);
});

test('a kick does not wait for the timer, and the old timer does not send twice', async () => {
  let away = true;
  const { outbox, add, tried, timers } = setup((item) => (away ? { kind: 'again' } : sent(item)));
  add('1');
  await settle();
  away = false;
  outbox.kick();
  await settle();
  for (const timer of timers) timer();
  await settle();
  expect(tried()).toEqual(['1', '1']);
});

test('something unreadable in storage is skipped', () => {
  const keep = memoryKeep(new Map([['out:x', '{broken']]));
  expect(setup(sent, keep).outbox.items).toEqual([]);
});
