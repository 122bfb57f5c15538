// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bridge, Chat, Command, Managing } from '../src/shared/types';

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

const turn = () => new Promise((done) => setTimeout(done));
let tokens = 0;

/** A page with the loader, whose manager and panel note what they are told, in one line. */
async function page(early: Command[], targeting: object | null = null, titles?: object, refused?: { status: number; error: string; message: string }) {
  const token = `T${++tokens}`;
  const told: string[] = [];
  const beyond: string[] = [];
  let requests = 0;
  const line = (command: unknown[]) => command.join(' ').trim();
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      status = refused?.status ?? 200;
      response = refused ?? { source: { active: true, signed_identities: 'optional', offset: { x: 20, y: 20 } }, built_in: undefined, targeting, texts: titles && { titles } };
      onloadend = () => {};
      open() {}
      send() {
        requests++;
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
    run: (command: Command) => void (/^_(addM|pre|new|mini)/.test(command[0]) && told.push(`${line(command.slice(0, 3))}${open ? '' : ', closed'}`)),
    placed() {},
    destroy: () => open,
  } as unknown as Chat;
  window.__hubbubChat = async () => chat;
  window.__hubbubManager = (own) => {
    bridge = own;
    return {
      run([name, , , more]: Command) {
        if (more) beyond.push(name);
        if (name !== '_open') return;
        if (!own.launcher) own.draw();
        void own.load(true);
      },
      reset: () => void told.push('reset'),
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
  return { told, beyond, key, bridge, asked: () => requests, push: (...commands: Command[]) => window._chatq?.push(...commands) };
}

const EARLY: Command[] = [['_open'], ['_prefill', 'Hi'], ['_addMessage', 'Hello'], ['_newConversation']];

test('commands that come before the panel wait for it to be open, in their order', async () => {
  const { told } = await page(EARLY);
  expect(told).toEqual(['opens', '_prefill Hi', '_addMessage Hello', '_newConversation']);
});

test('to minimise comes before to open where it is given before, and after where after', async () => {
  expect((await page([['_minimize'], ['_open'], ['_prefill', 'Hi']])).told).toEqual(['opens', '_prefill Hi']);
  expect((await page([['_open'], ['_minimize']])).told).toEqual(['opens', '_minimize']);
});

test('the button has its name in the language of the page, however that is written', async () => {
  const titles = { en: 'Chat', fr: 'Discussion', fil: 'Usap', 'pt-br': 'Papo' };
  const name = async (lang: string, browser = 'en-US') => {
    document.documentElement.lang = lang;
    vi.spyOn(navigator, 'language', 'get').mockReturnValue(browser);
    await page([], null, titles);
    return [...document.querySelectorAll('.dimelo-chat-bubble')].at(-1)?.shadowRoot?.querySelector('button')?.getAttribute('aria-label');
  };
  expect(await name('FR-CA')).toBe('Discussion');
  expect(await name('fr_CA')).toBe('Discussion');
  expect(await name('fil-PH')).toBe('Usap');
  expect(await name('fi', 'FR')).toBe('Discussion');
  expect(await name('tlh', 'x')).toBe('Chat');
  expect(await name('pt-BR')).toBe('Papo');
  // What English calls it is what it is called where no language fits.
  Object.assign(titles, { en: 'Help' });
  expect(await name('tlh', 'x')).toBe('Help');
});

test('what waits for a minimised panel that is opened comes after it is open', async () => {
  const { told, push, bridge } = await page([], { version: '1' });
  bridge.draw();
  void bridge.load();
  push(...EARLY);
  await turn();
  expect(told).toEqual(['shown', 'opens', '_prefill Hi', '_addMessage Hello', '_newConversation']);
});

test('what the loader does not know, down to its last letter, the manager is asked', async () => {
  const known: Command[] = [['_setIdentity', {}], ['_setConfiguration', {}], ['_fillCustomVariable', 'custom_x', 1], ['_pageChange'], ['_addMessage', {}], ['_minimize']];
  expect((await page(known)).bridge).toBe(undefined);
  const others = ['setIdentity', '_setIdentify', '_pageView', '_addMessages', '_minimise', '_fillVariable', '_setLocale', '_setConsent', '_addTranslations'];
  for (const name of others) expect((await page([[name]])).bridge, name).toBeTruthy();
  expect((await page([...known, ...others.map((name): Command => [name])])).beyond).toEqual(others);
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
  expect(told).toEqual(['reset']);
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

test('the server is told of who leaves, once, by the key that this browser had', async () => {
  const told = vi.fn();
  vi.stubGlobal('navigator', { ...navigator, language: 'en', sendBeacon: told });
  const { push, bridge } = await page([], { version: '1' });
  push(['_reset']);
  expect(told).not.toHaveBeenCalled();
  bridge.visitor.visitor = 'one';
  push(['_reset'], ['_reset']);
  expect(told.mock.calls).toEqual([[expect.stringMatching(/\/forget\?visitor=one$/)]]);
});

test('a page of a site that the chat is not for is told why, once, and asks no more', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { asked } = await page([], null, undefined, { status: 403, error: 'domain', message: 'not this site' });
  expect(warn.mock.calls).toEqual([['No chat:', 'not this site']]);
  vi.useFakeTimers();
  await vi.advanceTimersByTimeAsync(600_000);
  vi.useRealTimers();
  expect(asked()).toBe(1);
});
