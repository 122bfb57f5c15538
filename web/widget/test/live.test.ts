// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { words } from '../src/chat/i18n';
import '../src/live/main';
import type { LiveHost, Notice, Queue, Thread } from '../src/shared/types';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The window of a live chat, as far as its own part needs one. */
function panel(config: object = {}) {
  const element = document.body.appendChild(document.createElement('div'));
  const root = element.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [];
  root.innerHTML = '<div class="panel"><div class="head"></div><div class="body"><section></section></div></div>';
  const notices: Notice[] = [];
  const controller = { store: { notices: () => notices }, reachable: false, variables: {}, endChat: vi.fn() };
  const script = async () => (_: unknown, place: HTMLElement, given: boolean) => (place.textContent = given ? 'given' : 'asked');
  const host = { t: words(), bridge: { root, script, config }, controller, focus() {}, leave() {}, again() {} };
  const live = window.__hubbubLive!(host as unknown as LiveHost);
  const find = (id: string) => root.querySelector<HTMLElement>(`[data-testid=${id}]`);
  const isFree = () => ['.head', 'section'].map((one) => !root.querySelector<HTMLElement>(one)!.inert);
  return { live, root, notices, controller, find, isFree };
}

const queue = (place: number): Queue => ({ type: 'queue', thread_id: 't', place, estimated_wait_seconds: null });
const settle = () => vi.advanceTimersByTimeAsync(0);

test('where one stands in the queue is read out every half minute at most, the last of it always', async () => {
  const { live, find } = panel();
  const said = () => /number .?(\d+)/.exec(find('queue-said')!.textContent!)?.[1];
  live.line(queue(5));
  await settle();
  expect([find('queue-said')!.getAttribute('role'), said()]).toEqual(['status', '5']);
  for (const place of [4, 3, 2]) {
    live.line(queue(place));
    await vi.advanceTimersByTimeAsync(5000);
    expect(said()).toBe('5');
  }
  await vi.advanceTimersByTimeAsync(15_000);
  expect(said()).toBe('2');
  live.line(undefined);
  await settle();
  expect(said()).toBe(undefined);
});

test('a chat that could not be ended says so, and ends when it is asked again; nothing behind the question can be used', async () => {
  const { live, controller, find, isFree } = panel();
  controller.endChat.mockRejectedValueOnce(new Error('away')).mockResolvedValue(undefined);
  vi.spyOn(console, 'error').mockImplementation(() => {});
  live.ask('t');
  expect(isFree()).toEqual([false, false]);
  find('end-yes')!.click();
  await settle();
  expect([find('end-wrong')!.textContent, isFree()]).toEqual(['An error occurred, please try again', [false, false]]);
  find('end-yes')!.click();
  await settle();
  expect([find('end-yes'), isFree()]).toEqual([null, [true, true]]);
  expect(controller.endChat).toHaveBeenCalledTimes(2);
});

test('what is behind the question can be used when something else takes its place, and not when it is asked in other words', async () => {
  const { live, root, isFree } = panel();
  live.ask('t');
  live.speak();
  await settle();
  expect(isFree()).toEqual([false, false]);
  root.querySelector('.question')!.remove();
  await settle();
  expect(isFree()).toEqual([true, true]);
});

test('an address that is given in another tab is thanked for in this one', async () => {
  const { live, notices } = panel();
  const ended = { id: 't', close_cause: 'client_impossible_delay' } as unknown as Thread;
  const view = live.end(ended);
  await settle();
  expect([live.end(ended), view.textContent!.includes('asked')]).toEqual([view, true]);
  notices.push({ id: 'n', key: 'request_email.submitted_title' } as unknown as Notice);
  const after = live.end(ended);
  await settle();
  expect(after.textContent).toContain('given');
});

test('no address is asked for where no mail goes out', async () => {
  const ended = { id: 't', close_cause: 'client_impossible_delay' } as unknown as Thread;
  const asks = async (config?: object) => {
    const view = panel(config).live.end(ended);
    await settle();
    return view.textContent!.includes('asked');
  };
  expect([await asks({ mails: false }), await asks({ mails: true }), await asks()]).toEqual([false, true, true]);
});
