import { beforeEach, expect, test } from 'vitest';
import { Store } from '../src/chat/core/store';
import { frame, message, thread } from './support';

let store: Store;

beforeEach(() => {
  store = new Store();
  store.setThreads([thread('t1')], 10);
  store.enter('first', 10);
  store.setNewest('t1', [message('m1'), message('m2')], true, 10);
});

const ids = (id = 't1') => store.messages(id).map((m) => m.id);

test('a frame that comes twice shows once and is news once', () => {
  expect(store.apply(frame(11, message('m3'))).news).toBe(true);
  expect(store.apply(frame(11, message('m3'))).news).toBe(false);
  expect(ids()).toEqual(['m1', 'm2', 'm3']);
});

test('messages stand in the order of their ordinals, whenever they come and whatever their ids and times', () => {
  store.apply(frame(12, message('m4')));
  store.apply(frame(11, message('m3')));
  store.apply(frame(13, message('a5', { created_at: '2025-12-31T10:00:00Z' })));
  expect(ids()).toEqual(['m1', 'm2', 'm3', 'm4', 'a5']);
  store.setNewest('t1', [message('m4'), message('a5')], true, 14);
  expect(ids()).toEqual(['m1', 'm2', 'm3', 'm4', 'a5']);
});

test('a newer state of a message is kept over an older one that arrives later', () => {
  store.apply(frame(12, message('m2', { body: 'edited' })));
  store.apply(frame(11, message('m2', { body: 'first' })));
  expect(store.messages('t1')[1]?.body).toBe('edited');
});

test('marks never go back', () => {
  store.apply({ type: 'marks', position: 11, thread_id: 't1', message_ids: ['m1'], delivered: true, read: true });
  store.apply(frame(12, message('m1', { read: false })));
  expect(store.messages('t1')[0]).toMatchObject({ delivered: true, read: true });
});

test('a welcome does not move the position past frames that are still to come', () => {
  store.apply({ type: 'welcome', position: 50, timeline: 'first' });
  expect(store.position).toBe(10);
  store.apply(frame(11, message('m3')));
  expect(store.position).toBe(11);
});

test('a first welcome and a reload set the position', () => {
  const fresh = new Store();
  fresh.apply({ type: 'welcome', position: 7, timeline: 'first' });
  expect(fresh.position).toBe(7);
  fresh.apply({ type: 'reload', position: 90, timeline: 'first' });
  expect(fresh.position).toBe(90);
});

test('another timeline forgets what was seen, and smaller positions count', () => {
  store.apply({ type: 'reload', position: 3, timeline: 'second' });
  expect([store.position, store.timeline, ids(), store.threads()]).toEqual([3, 'second', [], []]);
  // The conversation on screen is still one of those to fetch.
  expect(store.loadedThreads()).toEqual(['t1']);
  store.setThreads([thread('t1')], 3);
  store.setNewest('t1', [message('m1')], false, 3);
  expect(ids()).toEqual(['m1']);
  expect(store.apply(frame(4, message('m3'))).news).toBe(true);
  store.drop('t1');
  expect([store.loadedThreads(), store.threads()]).toEqual([[], []]);
});

test('the same timeline again forgets nothing', () => {
  store.apply({ type: 'reload', position: 90, timeline: 'first' });
  expect([store.position, ids()]).toEqual([90, ['m1', 'm2']]);
});

test('a newest page that joins what is known keeps the older history', () => {
  store.setNewest('t1', [message('m2'), message('m3')], true, 20);
  expect(ids()).toEqual(['m1', 'm2', 'm3']);
});

test('a newest page with a gap before it drops the history, so that no hole shows', () => {
  store.setNewest('t1', [message('m8'), message('m9')], true, 20);
  expect(ids()).toEqual(['m8', 'm9']);
  expect(store.more('t1')).toBe(true);
});

test('a frame that overtakes a page on its way is not lost', () => {
  store.apply(frame(21, message('m9')));
  store.setNewest('t1', [message('m7'), message('m8')], true, 20);
  expect(ids()).toEqual(['m7', 'm8', 'm9']);
});

test('an unknown thread is complete from its first frame, a known one must be fetched', () => {
  store.apply(frame(11, message('a1', { thread_id: 't2' })));
  expect(store.loaded('t2')).toBe(true);
  store.setThreads([thread('t3')], 12);
  store.apply(frame(13, message('b5', { thread_id: 't3' })));
  expect(store.loaded('t3')).toBe(false);
});

test('news is told for threads that are not loaded too, once', () => {
  store.setThreads([thread('t3', { last_message: message('b4', { thread_id: 't3' }) })], 12);
  const next = message('b5', { thread_id: 't3' });
  const t3 = thread('t3', { last_message: next, unread: 1 });
  expect(store.apply(frame(13, next, t3)).news).toBe(true);
  expect(store.apply(frame(13, next, t3)).news).toBe(false);
  expect(store.unread()).toBe(1);
});

test('reading clears the count at once, and the next frame is believed again', () => {
  store.apply(frame(11, message('m3'), thread('t1', { unread: 2 })));
  store.markRead('t1');
  expect(store.unread()).toBe(0);
  store.apply(frame(12, message('m4'), thread('t1', { unread: 1 })));
  expect(store.unread()).toBe(1);
});

test('an answer without a position adds what is missing and overwrites nothing', () => {
  store.apply(frame(12, message('m3', { body: 'from the socket' })));
  store.putMessage(message('m3', { body: 'from the answer' }), 0);
  expect(store.messages('t1')[2]?.body).toBe('from the socket');
});

test('the agent stops typing when their message arrives', () => {
  store.apply({ type: 'typing', thread_id: 't1', name: 'Alicia', avatar_url: null, on: true });
  expect(store.typing('t1')?.name).toBe('Alicia');
  store.apply(frame(11, message('m3')));
  expect(store.typing('t1')).toBeUndefined();
});

test('threads come newest first', () => {
  store.setThreads([thread('t2', { updated_at: '2026-01-02T10:00:00Z' })], 11);
  expect(store.threads().map((t) => t.id)).toEqual(['t2', 't1']);
});

test('where somebody waits is known as long as they wait there', () => {
  const place = { type: 'queue', thread_id: 't1', place: 3, estimated_wait_seconds: null } as const;
  store.putThread(thread('t1', { state: 'waiting' }), 11);
  store.apply(place);
  store.putThread(thread('t1', { state: 'waiting', unread: 1 }), 12);
  expect(store.queue?.place).toBe(3);
  store.apply({ type: 'thread', position: 13, notice: null, thread: thread('t1', { state: 'connected' }) });
  expect(store.queue).toBeUndefined();
  store.apply(place);
  store.clear();
  expect(store.queue).toBeUndefined();
});

test('the answer that ends a conversation counts, and what comes later does too', () => {
  store.putThread(thread('t1', { state: 'ended', closed: true }));
  expect(store.thread('t1')?.state).toBe('ended');
  store.apply({ type: 'thread', position: 11, notice: null, thread: thread('t1', { state: 'ended', closed: true, unread: 1 }) });
  expect(store.thread('t1')?.unread).toBe(1);
});
