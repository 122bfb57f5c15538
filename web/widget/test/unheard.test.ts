// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/chat/core/controller';
import type { Bridge, Message, Thread } from '../src/shared/types';
import { memoryKeep, message, thread } from './support';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const MINUTE = 60_000;

/** A visitor whom no socket reaches, and what is new to them. */
async function visitor() {
  const server = { messages: [message('m1', { from: 'visitor', client_id: 'own' })], timeline: 't', position: 1 };
  const threads = (): Thread[] => {
    const ids = [...new Set(server.messages.map((one) => one.thread_id))];
    return ids.map((id) => thread(id, { last_message: server.messages.findLast((one) => one.thread_id === id) ?? null }));
  };
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      status = 200;
      response: object = {};
      onloadend = () => {};
      open(_: string, url: string) {
        const { messages, ...end } = server;
        const of = /threads\/(\w+)\/messages/.exec(url)?.[1];
        if (url.endsWith('/session')) this.response = { visitor: 'key', identity: { id: 'i' } };
        else if (of) this.response = { messages: messages.filter((one) => one.thread_id === of), more: false, notices: [], ...end };
        else this.response = { threads: threads(), ...end };
      }
      setRequestHeader() {}
      send() {
        queueMicrotask(() => this.onloadend());
      }
    },
  );
  vi.stubGlobal('WebSocket', class { close() {} });
  const bridge = {
    base: 'https://chat.test/chat/T',
    config: { source: { page_before_engaging: false } },
    visitor: { visitor: 'key', identity: null, jwt: null, custom: {} },
    session: null,
  } as unknown as Bridge;
  const heard: string[] = [];
  const received = (one: Message) => void heard.push(one.id);
  const keep = memoryKeep();
  const controller = new Controller(bridge, keep, { changed() {}, moved() {}, received, sent() {}, named() {}, forget() {} });
  void controller.begin();
  await vi.advanceTimersByTimeAsync(100);
  const comes = async (...messages: Message[]) => {
    server.messages.push(...messages);
    server.position++;
    await vi.advanceTimersByTimeAsync(MINUTE);
  };
  return { controller, server, heard, comes, keep };
}

test('what comes without a socket is told once, and only what an agent has said since', async () => {
  const { controller, heard, comes } = await visitor();
  await controller.openThread('t1');
  await comes(message('m2'), message('m3', { from: 'visitor', client_id: 'two' }), message('m4', { client_id: 'welcome' }));
  expect(heard).toEqual(['m2']);
  await comes(message('m5'), message('m6'));
  expect(heard).toEqual(['m2', 'm5', 'm6']);
  controller.end();
});

test('of conversations that were not looked at, what was said last is told', async () => {
  const { controller, heard, comes } = await visitor();
  await comes(message('m2'), message('m1', { id: 'n1', thread_id: 't2' }));
  expect(heard).toEqual(['m2', 'n1']);
  await comes();
  expect(heard).toEqual(['m2', 'n1']);
  controller.end();
});

test('after a backup was put back, nothing that was there is told anew', async () => {
  const { controller, server, heard, comes } = await visitor();
  await controller.openThread('t1');
  await comes(message('m2'));
  server.timeline = 'another';
  await comes();
  expect(heard).toEqual(['m2']);
  controller.end();
});

test('who is in a conversation hears of an answer in a tab that is not in front too', async () => {
  const { controller, heard, comes, keep } = await visitor();
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  await comes(message('m2'));
  expect(heard).toEqual([]);
  keep.remember({ engagedAt: Date.now() });
  await comes();
  expect(heard).toEqual(['m2']);
  controller.end();
});
