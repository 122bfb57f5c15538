// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import '../src/chat/main';
import type { Bridge, Chat } from '../src/shared/types';

afterEach(() => vi.unstubAllGlobals());

test('what a page writes for the visitor waits for the conversation', async () => {
  const answers: (() => void)[] = [];
  class Request {
    status = 200;
    response: object = {};
    onloadend = () => {};
    open(_: string, url: string) {
      const session = { visitor: 'key', identity: { id: 'i' } };
      this.response = url.endsWith('/session') ? session : { threads: [], position: 0, timeline: 't' };
    }
    setRequestHeader() {}
    send() {
      answers.push(() => this.onloadend());
    }
  }
  class Observer {
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal('XMLHttpRequest', Request);
  vi.stubGlobal('WebSocket', class { close() {} });
  vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });
  vi.stubGlobal('IntersectionObserver', Observer);
  vi.stubGlobal('ResizeObserver', Observer);
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {} }));
  const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [];
  const source = { name: 'Shop', color: null, avatar_url: null, locale: 'en', welcome_message: '', welcome_messages: [] };
  const bridge = {
    base: 'https://chat.test/chat/T',
    token: 'T',
    config: { source: { mode: 'messaging', ...source }, attachments: { extensions: [], max_bytes: 1 } },
    visitor: { visitor: null, identity: null, jwt: null, custom: {} },
    wanted: {},
    messages: [],
    locale: 'en',
    root,
    launcher: root.appendChild(document.createElement('button')),
    emit() {},
    script: async (_: string, made: () => unknown) => made(),
  } as unknown as Bridge;
  const turn = () => new Promise((done) => setTimeout(done));
  const chat = (await window.__hubbubChat?.(bridge)) as Chat;
  chat.show(true);
  chat.run(['_prefill', 'About my order']);
  await turn();
  for (let i = 0; i < 3; i++) {
    answers.shift()?.();
    await turn();
  }
  expect(root.querySelector('textarea')?.value).toBe('About my order');
  chat.destroy();
});
