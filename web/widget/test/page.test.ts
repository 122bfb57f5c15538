// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/chat/core/controller';
import type { Bridge } from '../src/shared/types';
import { memoryKeep } from './support';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A visitor who writes, and what the server hears of the page; `blocked` where no socket gets through. */
async function visitor(bridge: Partial<Bridge> = {}, blocked = false) {
  const told: unknown[] = [];
  const pages: unknown[] = [];
  const bodies: { client_id?: string; origin: { page: Record<string, unknown>; custom: object; trigger_id?: string } }[] = [];
  const server = { knows: true };
  const asked: string[] = [];
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      status = 200;
      response: object = {};
      onloadend = () => {};
      open(_: string, url: string) {
        asked.push(url);
        const session = { visitor: 'key', identity: { id: 'i' } };
        if (url.endsWith('/session')) server.knows = true;
        this.status = !server.knows ? 401 : url.endsWith('/messages') ? 503 : 200;
        this.response = url.endsWith('/session') ? session : { threads: [], position: 0, timeline: 't' };
      }
      setRequestHeader() {}
      send(body?: string) {
        if (body) bodies.push(JSON.parse(body));
        queueMicrotask(() => this.onloadend());
      }
    },
  );
  vi.stubGlobal(
    'WebSocket',
    class {
      readyState = 1;
      onopen = () => {};
      onmessage = (_: { data: string }) => {};
      constructor() {
        if (!blocked) queueMicrotask(() => this.onopen());
      }
      send(text: string) {
        const frame = JSON.parse(text);
        if (frame.type === 'hello') this.onmessage({ data: '{"type":"welcome","position":0,"timeline":"t"}' });
        if (frame.type === 'page') told.push(frame.custom), pages.push([frame.url, frame.title]);
      }
      close() {}
    },
  );
  const keep = memoryKeep();
  keep.remember({ engagedAt: Date.now() });
  const own = {
    base: 'https://chat.test/chat/T',
    config: { source: { page_before_engaging: false } },
    wanted: {},
    visitor: { visitor: 'key', identity: null, jwt: null, custom: {} },
    session: null,
    ...bridge,
  } as unknown as Bridge;
  const hooks = { changed() {}, moved() {}, received() {}, sent() {}, named() {}, forget() {} };
  const controller = new Controller(own, keep, hooks);
  void controller.begin();
  await vi.advanceTimersByTimeAsync(100);
  const sessions = () => asked.filter((url) => url.endsWith('/session')).length;
  return { own, controller, told, pages, bodies, sessions, server };
}

test('what a script fills in is told once a second at most, and the last of it always', async () => {
  const { own, told } = await visitor();
  for (let i = 1; i <= 500; i++) {
    own.visitor.custom.custom_cart = i;
    await vi.advanceTimersByTimeAsync(4);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(told.length).toBeLessThanOrEqual(3);
  expect(told.at(-1)).toEqual({ custom_cart: 500 });
  const before = told.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveLength(before);
});

test('what changes in the page is told as well', async () => {
  const { own, told } = await visitor({ found: { custom_total: 10 } });
  await vi.advanceTimersByTimeAsync(3000);
  expect(told).toEqual([]);
  own.found = { custom_total: 25 };
  await vi.advanceTimersByTimeAsync(1000);
  expect(told).toEqual([{ custom_total: 25 }]);
});

test('who was let in before the page was looked at is told what is in it', async () => {
  const session = { status: 200, visitor: 'key', identity: { id: 'i' } } as unknown as Bridge['session'];
  const { told } = await visitor({ session, found: { custom_total: 10 } });
  await vi.advanceTimersByTimeAsync(3000);
  expect(told).toEqual([{ custom_total: 10 }]);
});

test('a page that says again who the visitor is asks for nothing', async () => {
  const { own, controller, sessions } = await visitor();
  for (const firstname of ['Ada', 'Ada', 'Eve']) {
    own.visitor.identity = { firstname };
    controller.identify();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(sessions()).toBe(3);
});

test('what is cleared, or is found no more, is told as that, once', async () => {
  const { own, told } = await visitor({ found: { custom_total: 10, custom_none: undefined } });
  own.visitor.custom.custom_coupon = 'SPRING';
  await vi.advanceTimersByTimeAsync(1000);
  own.visitor.custom.custom_coupon = null;
  own.found = { custom_total: undefined, custom_none: undefined };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([
    { custom_total: 10, custom_coupon: 'SPRING', custom_none: null },
    { custom_total: null, custom_coupon: null, custom_none: null },
  ]);
});

test('a first message tells of its page by itself, where no socket gets through too', async () => {
  const { own, controller, bodies } = await visitor({ found: { custom_total: 10, custom_none: undefined } }, true);
  own.visitor.custom.custom_coupon = 'SPRING';
  controller.send('new:1', 'Hello', []);
  await vi.advanceTimersByTimeAsync(100);
  const { page, custom, trigger_id } = bodies.find((body) => body.client_id)!.origin;
  expect([page.url, page.title, page.now]).toEqual([location.href, document.title, Date.now() - 100]);
  expect(custom).toEqual({ custom_total: 10, custom_coupon: 'SPRING', custom_none: null });
  expect(trigger_id).toBe(undefined);
});

test('where no socket gets through, a session that was lost begins anew', async () => {
  const { controller, sessions, server } = await visitor({}, true);
  expect([controller.phase, sessions()]).toEqual(['ready', 1]);
  server.knows = false;
  await vi.advanceTimersByTimeAsync(120_000);
  expect([controller.phase, sessions()]).toEqual(['ready', 2]);
});

test('agents are told the address and the title that a page says of itself', async () => {
  const { own, controller, pages } = await visitor();
  own.page = { url: '/cart?step=2', title: 'Your cart' };
  controller.pageChanged();
  own.page = { url: 'https://[', title: 5 } as never;
  controller.pageChanged();
  document.title = 'Home';
  own.page = undefined;
  controller.pageChanged();
  const { origin, href } = location;
  expect(pages.slice(-3)).toEqual([[`${origin}/cart?step=2`, 'Your cart'], [href, '5'], [href, 'Home']]);
});
