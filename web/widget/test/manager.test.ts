// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Items } from '../src/catalog/items';
import '../src/commands/main';
import { Manager } from '../src/manager/manager';
import { openKeep } from '../src/shared/keep';
import type { Bridge, Command, Item, Trigger } from '../src/shared/types';

const keep = openKeep({ token: 'T', config: { source: {} }, wanted: {} } as Bridge);

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
  source?: object;
}

/** A page with a server that gives these answers, and what the chat would be told. */
async function page({ triggers, items = [], session, visitor, source }: Server) {
  const targeting = { time_zone: '', triggers, items, variables: [], messages: [{ id: 'm', label: 'm', body: { en: 'Hello {{firstname}}' } }] };
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
    config: { source: { mode: 'messaging', signed_identities: 'optional', ...source }, targeting: { version: '1' } },
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
  press('offers');
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
  press('invites');
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
});

test("buttons that float give way to the chat's own, and do not come back beside it", async () => {
  const opens = trigger('t2', [{ type: 'show_and_open_chat' }], { conditions: [{ criterion: 'page_path', position: 'current', operator: 'contains', value: '/cart' }] });
  const { bridge, loads, tell } = await page({ triggers: [trigger('t1', [OFFERS, INVITES]), opens], items: ITEMS });
  const shown = (id: string) => document.querySelectorAll(`[id$=_${id}]`).length;
  expect([!!bridge.launcher, shown('offers'), shown('invites')]).toEqual([false, 1, 1]);
  history.replaceState({}, '', '/cart');
  await tell(['_pageChange']);
  expect([!!bridge.launcher, shown('offers'), shown('invites'), loads]).toEqual([true, 0, 1, [true]]);
});

test('what nobody has seen yet is said once to whoever comes after', async () => {
  const minimised = { type: 'show_chat_minimized' };
  const { manager, bridge } = await page({ triggers: [trigger('t1', [minimised, SAYS])] });
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
  manager.reset();
  await vi.advanceTimersByTimeAsync(10);
  expect(bridge.messages).toEqual([{ body: 'Hello' }]);
});

test('an automatic message knows the name that a token has signed, and that comes before what a page says', async () => {
  const { bridge, press, tell } = await page({ triggers: [trigger('t1', [OFFERS, SAYS])], items: ITEMS });
  const claims = Buffer.from(JSON.stringify({ uuid: '7', firstname: 'Zoë' })).toString('base64url');
  bridge.visitor.identity = { firstname: 'Ann' };
  bridge.visitor.jwt = `e30.${claims}.x`;
  await tell(['_setSignedIdentity', bridge.visitor.jwt]);
  press('offers');
  expect(bridge.messages).toEqual([{ body: 'Hello Zoë' }]);
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
  manager.reset();
  await vi.advanceTimersByTimeAsync(10);
  expect([keep.get('visitor'), keep.get('draft:new'), keep.get('said')]).toEqual(['next', 'Hi', '["x"]']);
});

test('where nothing may be stored, triggers know of the conversation that the visitor is in, and the next visitor does not', async () => {
  const later = { criterion: 'page_path', position: 'current', operator: 'is', value: '/later' };
  const triggers = [trigger('t1', [INVITES], { conditions: [later] })];
  const { manager, bridge, tell } = await page({ triggers, items: ITEMS, source: { asks_consent: true } });
  openKeep(bridge).remember({ engagedAt: Date.now() });
  expect(openKeep(bridge).get('visit')).not.toBe(null);
  history.replaceState({}, '', '/later');
  await tell(['_pageChange']);
  expect([manager.engaged, document.querySelector('#dimelo_chat_invitation_invites')]).toEqual([true, null]);
  bridge.visitor = { ...bridge.visitor };
  manager.reset();
  await tell(['_pageChange']);
  expect([manager.engaged, document.querySelector('#dimelo_chat_invitation_invites') !== null]).toEqual([false, true]);
});

test('what a page hides stays hidden, whatever is drawn later, until it is shown', async () => {
  const later = { criterion: 'page_path', position: 'current', operator: 'is', value: '/later' };
  const triggers = [trigger('t1', [OFFERS]), trigger('t2', [INVITES], { conditions: [later] })];
  const { bridge, tell } = await page({ triggers, items: ITEMS });
  const seen = () => [...document.querySelectorAll<HTMLElement>('.dimelo_chat_item')].filter((one) => one.style.display !== 'none');
  const isHidden = () => bridge.root.host.hasAttribute('data-hidden');
  expect(seen()).toHaveLength(1);
  await tell(['_hide', undefined, undefined, true]);
  expect(seen()).toHaveLength(0);
  bridge.draw();
  expect(isHidden()).toBe(true);
  bridge.draw();
  history.replaceState({}, '', '/later');
  await tell(['_pageChange']);
  // The button that floats has given way to the chat's own.
  expect(document.querySelectorAll('.dimelo_chat_item')).toHaveLength(1);
  expect([seen().length, isHidden()]).toEqual([0, true]);
  await tell(['_show', undefined, undefined, true]);
  expect([seen().length, isHidden()]).toEqual([1, false]);
  bridge.draw();
  expect(isHidden()).toBe(false);
});

test('a chat that was taken away stays away', async () => {
  const { bridge, manager, tell } = await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  await tell(['_destroy', undefined, undefined, true], ['_pageChange']);
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

test('an item whose only button dismisses it is opened by the keyboard', async () => {
  const html = '<p>Need help?</p><button type="button" class="dimelo_chat_item_dismiss">No</button>';
  const { loads } = await page({ triggers: [trigger('t1', [OFFERS])], items: [item('offers', 'button', html)] });
  const node = document.querySelector('#dimelo_chat_button_offers') as HTMLElement;
  expect([node.tabIndex, node.getAttribute('role')]).toEqual([0, 'button']);
  node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
  expect(loads).toEqual([true]);
});

test('the height of what may be shown in the page is kept free before it is, also where its place comes later', async () => {
  const later = { criterion: 'page_path', position: 'current', operator: 'is', value: '/later' };
  const one = (id: string): Item => ({ ...item(id, 'button'), positioning: 'fixed', reserve_height: 48 });
  const offers = [{ type: 'show_button', item_ids: ['here', 'late'] }];
  const place = (id: string) => Object.assign(document.createElement('div'), { id: `dimelo_chat_item_markup_${id}` });
  const [here, late, unused] = [place('here'), place('late'), place('unused')];
  document.body.append(here, unused);
  const items = [one('here'), one('late'), one('unused')];
  await page({ triggers: [trigger('t1', offers, { conditions: [later] })], items });
  document.body.append(late);
  await vi.advanceTimersByTimeAsync(1000);
  expect([here, late, unused].map((spot) => [spot.style.minHeight, spot.childElementCount])).toEqual([['48px', 0], ['48px', 0], ['', 0]]);
});

test('a conversation that goes on keeps the trigger that has shown it, and its language', async () => {
  const german = trigger('t1', [{ type: 'show_chat_minimized' }], { language: 'de' });
  const { bridge } = await page({ triggers: [german] });
  bridge.emit('chat_shown');
  keep.remember({ engagedAt: Date.now() });
  // By then it is another visit.
  vi.setSystemTime(Date.now() + 3600_000);
  const next = (await page({ triggers: [german] })).bridge;
  expect(next.by).toMatchObject({ trigger_id: null, trigger_continuation: true });
  expect([next.origin, next.language]).toEqual(['t1', 'de']);
});

test('what is offered goes once the visitor has written in another tab', async () => {
  await page({ triggers: [trigger('t1', [OFFERS])], items: ITEMS });
  const offered = () => document.querySelector('#dimelo_chat_button_offers');
  expect(offered()).not.toBe(null);
  keep.remember({ engagedAt: Date.now() });
  await vi.advanceTimersByTimeAsync(1000);
  expect(offered()).toBe(null);
});

test('a chat that is displayed is not put into the page later', async () => {
  const { bridge, loads, tell } = await page({ triggers: [trigger('t1', [{ type: 'show_button', item_ids: ['own'] }])], items: [item('own', 'button', '')] });
  const draw = vi.spyOn(bridge, 'draw');
  Object.assign(bridge.wanted, { embedded: true, parentNodeId: 'place' });
  await tell(['_setConfiguration', bridge.wanted]);
  expect(draw).not.toHaveBeenCalled();
  await tell(['_open']);
  expect(loads).toEqual([true]);
});

test('a button that nobody has offered stands for the chat that brought it alone', async () => {
  const minimised = trigger('t1', [{ type: 'show_chat_minimized' }]);
  const offers = trigger('t2', [{ type: 'show_button', item_ids: ['own'] }]);
  const items = [item('own', 'button', '')];
  expect((await page({ triggers: [minimised] })).bridge.bare).toBe(true);
  expect((await page({ triggers: [offers, minimised], items })).bridge.bare).toBe(false);
  expect((await page({ triggers: [minimised, offers], items })).bridge.bare).toBe(false);
});

test('the page’s author is told where no trigger is active', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  await page({ triggers: [] });
  expect(warn.mock.calls).toEqual([['No chat: no trigger']]);
});

test('a chat that goes on is open as it was in this tab, and in a new one as it was last', async () => {
  innerWidth = 1024;
  const opened = async (own: string | null, open: boolean) => {
    sessionStorage.clear();
    if (own !== null) keep.set('open', own);
    keep.remember({ engagedAt: Date.now(), open });
    return (await page({ triggers: [] })).loads;
  };
  expect(await opened('1', false)).toEqual([true]);
  expect(await opened('', true)).toEqual([false]);
  expect(await opened(null, true)).toEqual([true]);
  expect(await opened(null, false)).toEqual([false]);
});
