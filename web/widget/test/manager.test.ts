// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Items } from '../src/catalog/items';
import '../src/commands/main';
import { Manager } from '../src/manager/manager';
import { openKeep } from '../src/shared/keep';
import type { Bridge, Command, Item, Trigger } from '../src/shared/types';

const keep = openKeep('T');

beforeEach(() => {
  localStorage.clear();
  document.body.innerHTML = '';
  history.replaceState({}, '', '/shop');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const item = (id: string, type: Item['type'], html = `<b>${id}</b>`): Item =>
  ({ id, label: id, type, positioning: 'floating', html, css: null, offline_support: false, reserve_height: null, texts: {} });
const trigger = (id: string, actions: Trigger['actions'], change: Partial<Trigger> = {}): Trigger =>
  ({ id, label: id, conditions: [], actions, ...change });

interface Server {
  triggers: Trigger[];
  items?: Item[];
  session?: object;
  visitor?: string;
}

/** A page with a server that gives these answers, and what the chat would be told. */
async function page({ triggers, items = [], session, visitor }: Server) {
  const targeting = { time_zone: '', triggers, items, variables: [], messages: [{ id: 'm', label: 'm', body: { en: 'Hello' } }] };
  class Request {
    status = 200;
    response: object | undefined;
    onloadend = () => {};
    open(_: string, url: string) {
      this.response = url.includes('/targeting') ? targeting : session;
    }
    setRequestHeader() {}
    send() {
      queueMicrotask(() => this.onloadend());
    }
  }
  vi.stubGlobal('XMLHttpRequest', Request);
  vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });
  window.__hubbubCatalog = (manager) => new Items(manager);
  const loads: (boolean | undefined)[] = [];
  const bridge = {
    base: 'https://chat.test/chat/T',
    token: 'T',
    config: { source: { mode: 'messaging', signed_identities: 'optional' }, targeting: { version: '1' } },
    visitor: { visitor: visitor ?? null, identity: null, jwt: null, custom: {} },
    wanted: {},
    messages: [],
    handlers: [],
    emit() {},
    draw() {
      bridge.launcher = document.createElement('button');
      bridge.root = document.createElement('div').attachShadow({ mode: 'open' });
      bridge.root.adoptedStyleSheets = [];
    },
    undraw: () => (bridge.launcher = undefined),
    load: async (open?: boolean) => void loads.push(open),
    script: async (_: string, made: () => unknown) => made(),
  } as unknown as Bridge;
  const manager = new Manager(bridge);
  await vi.advanceTimersByTimeAsync(10);
  const press = (id: string) => (document.querySelector(`[id$=_${id}]`) as HTMLElement).click();
  const tell = async (...commands: Command[]) => {
    for (const command of commands) manager.run(command);
    await vi.advanceTimersByTimeAsync(10);
  };
  return { manager, bridge, loads, press, tell };
}

const SAYS = { type: 'automatic_message', message_id: 'm' };
const INVITES = { type: 'show_invitation', item_id: 'invites' };
const OFFERS = { type: 'show_button', item_ids: ['offers'] };
const ITEMS = [item('offers', 'button'), item('invites', 'invitation')];

test('an automatic message counts as said when it was, not when its item was shown', async () => {
  const { bridge, press } = await page({ triggers: [trigger('t1', [OFFERS, SAYS]), trigger('t2', [INVITES, SAYS])], items: ITEMS });
  press('invites');
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
  press('offers');
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
});

test('what nobody has seen yet is said once to whoever comes after', async () => {
  const minimised = { type: 'show_chat_minimized' };
  const { manager, bridge } = await page({ triggers: [trigger('t1', [minimised, SAYS])] });
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
  manager.reset();
  await vi.advanceTimersByTimeAsync(10);
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
});

const UNREAD = { criterion: 'returning_unread', position: 'current', operator: 'gte', value: 1 };

test('messages that were not read are for triggers to decide by', async () => {
  const session = { visitor: 'key', unread: 2, open_threads: 0 };
  const triggers = [trigger('t1', [INVITES], { conditions: [UNREAD] })];
  const { loads } = await page({ triggers, items: ITEMS, session, visitor: 'key' });
  expect(document.querySelector('#dimelo_chat_invitation_invites')).not.toBe(null);
  expect(loads).toEqual([]);
});

test('a conversation that is open comes before triggers', async () => {
  const session = { visitor: 'key', unread: 2, open_threads: 1 };
  const { loads } = await page({ triggers: [trigger('t1', [INVITES])], items: ITEMS, session, visitor: 'key' });
  expect(document.querySelector('#dimelo_chat_invitation_invites')).toBe(null);
  expect(loads).toEqual([true]);
});

test('a variable without an end leaves triggers as they are', async () => {
  const { manager, bridge, tell } = await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  const cart: Record<string, unknown> = {};
  cart.self = cart;
  bridge.visitor.custom.custom_cart = cart;
  await tell(['_fillCustomVariable', 'custom_cart', cart], ['_pageChange']);
  expect(manager.engine.states.get('t1')?.at).toBe('done');
});

test('leaving a page is seen when its address changes before it says so', async () => {
  const left = (position: string, operator: string) => ({ criterion: 'page_path', position, operator, value: '/order' });
  const conditions = [left('previous', 'contains'), left('current', 'does_not_contain')];
  history.replaceState({}, '', '/order');
  const { tell } = await page({ triggers: [trigger('t1', [INVITES], { conditions })], items: ITEMS });
  history.pushState({}, '', '/home');
  await vi.advanceTimersByTimeAsync(2000);
  expect(document.querySelector('#dimelo_chat_invitation_invites')).toBe(null);
  await tell(['_pageChange']);
  expect(document.querySelector('#dimelo_chat_invitation_invites')).not.toBe(null);
});

test('who is forgotten by another tab leaves what that tab has noted since', async () => {
  const { manager } = await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  keep.set('visitor', 'next');
  keep.set('draft:new', 'Hi');
  keep.set('said', '["x"]');
  manager.reset(true);
  await vi.advanceTimersByTimeAsync(10);
  expect([keep.get('visitor'), keep.get('draft:new'), keep.get('said')]).toEqual(['next', 'Hi', '["x"]']);
  manager.reset();
  await vi.advanceTimersByTimeAsync(10);
  expect([keep.get('visitor'), keep.get('draft:new'), keep.get('said')]).toEqual([null, null, null]);
});

test('what a page hides stays hidden, whatever is drawn later, until it is shown', async () => {
  const later = { criterion: 'page_path', position: 'current', operator: 'is', value: '/later' };
  const triggers = [trigger('t1', [OFFERS]), trigger('t2', [INVITES], { conditions: [later] })];
  const { bridge, tell } = await page({ triggers, items: ITEMS });
  const seen = () => [...document.querySelectorAll<HTMLElement>('.dimelo_chat_item')].filter((one) => one.style.display !== 'none');
  const isHidden = () => bridge.root.host.hasAttribute('data-hidden');
  expect(seen()).toHaveLength(1);
  await tell(['_hide']);
  expect(seen()).toHaveLength(0);
  bridge.draw();
  expect(isHidden()).toBe(true);
  bridge.draw();
  history.replaceState({}, '', '/later');
  await tell(['_pageChange']);
  expect(document.querySelectorAll('.dimelo_chat_item')).toHaveLength(2);
  expect([seen().length, isHidden()]).toEqual([0, true]);
  await tell(['_show']);
  expect([seen().length, isHidden()]).toEqual([2, false]);
  bridge.draw();
  expect(isHidden()).toBe(false);
});

test('a chat that was taken away stays away', async () => {
  const { bridge, manager, tell } = await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  await tell(['_destroy'], ['_pageChange']);
  expect(document.querySelectorAll('.dimelo_chat_item')).toHaveLength(0);
  expect([bridge.launcher, manager.free]).toEqual([undefined, false]);
});

test('what the server says of somebody who was forgotten meanwhile is nobody’s', async () => {
  const { manager, bridge } = await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  Object.assign(bridge.visitor, { visitor: 'before' });
  const answers: (() => void)[] = [];
  vi.stubGlobal('XMLHttpRequest', class {
    status = 200;
    response = { visitor: 'before', unread: 0, open_threads: 1 };
    onloadend = () => {};
    open() {}
    setRequestHeader() {}
    send() {
      answers.push(() => this.onloadend());
    }
  });
  manager.run(['_pageChange']);
  bridge.visitor = { visitor: null, identity: null, jwt: null, custom: {} };
  manager.reset();
  for (const answer of answers) answer();
  await vi.advanceTimersByTimeAsync(10);
  expect([keep.get('visitor'), bridge.session]).toEqual([null, undefined]);
});
