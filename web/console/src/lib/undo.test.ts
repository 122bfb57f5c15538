import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const api = vi.hoisted(() => {
  vi.stubGlobal('navigator', { language: 'en', languages: ['en'] });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', { documentElement: {}, hidden: false, addEventListener: () => {} });
  return { undo: vi.fn() };
});
vi.mock('./api/inbox', () => api);

import { ApiError } from './api/http';
import { toasts } from './toasts.svelte';
import { begin, doing, failed, final, offer, takeBackLast } from './undo';

let hour = 0;
beforeEach(() => {
  vi.useFakeTimers();
  // What others have done is over.
  vi.setSystemTime((hour += 1) * 3_600_000);
  api.undo.mockImplementation((id: string) => Promise.resolve({ thread_id: id }));
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
  vi.clearAllMocks();
});

const did = (thread: string) => {
  const act = begin(thread, thread);
  offer(act, 'Done');
  return act;
};
const undone = () => api.undo.mock.calls.map(([id]) => id as string);
const offered = () => toasts.all.filter(({ action }) => action).map(({ text }) => text);

it('is offered for each conversation by the name of its customer, the same words twice too', () => {
  did('Ada');
  did('Bob');
  expect(offered()).toEqual(['Ada: Done', 'Bob: Done']);
});

it('is offered once for a conversation: what was done there last', async () => {
  did('Ada');
  const second = did('Ada');
  expect(offered()).toEqual(['Ada: Done']);
  toasts.all[0]!.action!.run();
  expect(undone()).toEqual([second.id]);
});

it('leaves the offers of the others when one is taken', () => {
  did('Ada');
  did('Bob');
  toasts.all[1]!.action!.run();
  expect(offered()).toEqual(['Ada: Done']);
});

it('goes back act by act, for as long as each can be', async () => {
  const [first, second] = [did('Ada'), did('Bob')];
  await takeBackLast();
  await takeBackLast();
  expect(undone()).toEqual([second.id, first.id]);
  await takeBackLast();
  expect(undone().length).toBe(2);
  did('Cid');
  vi.advanceTimersByTime(60_001);
  await takeBackLast();
  expect(undone().length).toBe(2);
});

it('knows an act whose answer was lost, and none that was refused', async () => {
  const first = did('Ada');
  failed(begin('Bob', 'Bob'), new ApiError('forbidden', '', 403));
  await takeBackLast();
  const lost = begin('Cid', 'Cid');
  failed(lost, new ApiError('unreachable', '', 0));
  await takeBackLast();
  expect(undone()).toEqual([first.id, lost.id]);
});

it('does not take back what is final', async () => {
  final(begin('Ada', 'Ada'), 'Done');
  await takeBackLast();
  expect(undone()).toEqual([]);
});

it('waits for what is under way', async () => {
  const act = begin('Ada', 'Ada');
  let end = () => {};
  const done = doing(new Promise<void>((resolve) => (end = resolve)).then(() => offer(act, 'Done')));
  const asked = takeBackLast();
  await Promise.resolve();
  expect(undone()).toEqual([]);
  end();
  await Promise.all([done, asked]);
  expect(undone()).toEqual([act.id]);
});

it('can be asked for again where no answer came', async () => {
  const [, second] = [did('Ada'), did('Bob')];
  api.undo.mockRejectedValueOnce(new ApiError('unreachable', '', 0));
  await takeBackLast();
  await vi.advanceTimersByTimeAsync(0);
  await takeBackLast();
  expect(undone()).toEqual([second.id, second.id]);
});
