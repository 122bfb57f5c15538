// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bridge, Chat, Command, Managing } from '../src/shared/types';

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

const turn = () => new Promise((done) => setTimeout(done));
let tokens = 0;

/** A page with the loader, whose manager and panel note what they are told, in one line. */
async function page(early: Command[], targeting: object | null = null) {
  const token = `T${++tokens}`;
  const told: string[] = [];
  const line = (command: unknown[]) => command.join(' ');
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      status = 200;
      response = { source: { active: true, signed_identities: 'optional' }, built_in: undefined, targeting };
      onloadend = () => {};
      open() {}
      send() {
        queueMicrotask(() => this.onloadend());
      }
    },
  );
  vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });
  Object.defineProperty(ShadowRoot.prototype, 'adoptedStyleSheets', { value: [], writable: true, configurable: true });
  let bridge!: Bridge;
  let open = false;
  const chat = {
    show(opens?: boolean) {
      open ||= !!opens;
      told.push(opens ? 'opens' : 'shown');
    },
    run: (command: Command) => void (/^_(addM|pre|new)/.test(command[0]) && told.push(`${line(command)}${open ? '' : ', closed'}`)),
    placed() {},
    destroy: () => open,
  } as unknown as Chat;
  window.__hubbubChat = async () => chat;
  window.__hubbubManager = (own) => {
    bridge = own;
    return {
      run([name]: Command) {
        if (name !== '_open') return;
        if (!own.launcher) own.draw();
        void own.load(true);
      },
      reset: (elsewhere?: boolean) => void told.push(elsewhere ? 'reset elsewhere' : 'reset'),
    } as Managing;
  };
  document.head.innerHTML = '';
  const script = document.createElement('script');
  script.type = 'text/plain';
  script.src = `https://chat.test/chat/${token}/loader.js`;
  document.head.append(script);
  window._chatq = [...early];
  vi.resetModules();
  await import('../src/loader/main');
  await turn();
  await turn();
  const key = (name: string) => `hubbub:${token}:${name}`;
  return { told, key, bridge, push: (...commands: Command[]) => window._chatq?.push(...commands) };
}

const EARLY: Command[] = [['_open'], ['_prefill', 'Hi'], ['_addMessage', 'Hello'], ['_newConversation']];

test('commands that come before the panel wait for it to be open, in their order', async () => {
  const { told } = await page(EARLY);
  expect(told).toEqual(['opens', '_prefill Hi', '_addMessage Hello', '_newConversation']);
});

test('what waits for a minimised panel that is opened comes after it is open', async () => {
  const { told, push, bridge } = await page([], { version: '1' });
  bridge.draw();
  void bridge.load();
  push(...EARLY);
  await turn();
  expect(told).toEqual(['shown', 'opens', '_prefill Hi', '_addMessage Hello', '_newConversation']);
});

test('what comes before anything was opened is for no panel', async () => {
  const { told, push } = await page([['_addMessage', 'Hello'], ['_open']]);
  push(['_addMessage', 'Bye']);
  await turn();
  expect(told).toEqual(['opens', '_addMessage Bye']);
});

test('a tab that is told late that somebody has left leaves what the next one has', async () => {
  const { told, key, bridge } = await page([], { version: '1' });
  bridge.visitor.visitor = 'before';
  localStorage.setItem(key('visitor'), 'next');
  localStorage.setItem(key('out:a'), '{}');
  dispatchEvent(new StorageEvent('storage', { key: key('visitor'), oldValue: 'before', newValue: null }));
  expect([localStorage.getItem(key('visitor')), localStorage.getItem(key('out:a'))]).toEqual(['next', '{}']);
  expect(told).toEqual(['reset elsewhere']);
  expect(bridge.visitor.visitor).toBe('next');
});

test('who leaves takes all that is theirs out of the browser', async () => {
  const { told, key, bridge, push } = await page([], { version: '1' });
  localStorage.setItem(key('visitor'), 'one');
  localStorage.setItem(key('draft:new'), 'Hi');
  push(['_reset']);
  expect(Object.keys(localStorage)).toEqual([]);
  expect(told).toEqual(['reset']);
  expect(bridge.visitor.visitor).toBe(null);
});
