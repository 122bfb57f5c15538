import { expect, test } from 'vitest';
import { Engine, type World } from '../src/manager/engine';
import { VisitStore } from '../src/manager/store';
import { kindsOf } from '../src/manager/targeting';
import type { Item, Mode, Trigger } from '../src/shared/types';
import { memoryKeep, settle } from './support';

const item = (id: string, change: Partial<Item> = {}): Item => ({
  id,
  label: id,
  type: 'button',
  positioning: 'floating',
  html: '<b>Chat</b>',
  css: null,
  offline_support: false,
  reserve_height: null,
  texts: {},
  ...change,
});

const trigger = (id: string, change: Partial<Trigger> = {}): Trigger => ({
  id,
  label: id,
  conditions: [],
  actions: [{ type: 'show_button', item_ids: ['plain'] }],
  ...change,
});

/** A page of a live chat whose server answers when the test says so. */
function page(triggers: Trigger[], items: Item[] = [item('plain')]) {
  const keep = memoryKeep();
  const store = new VisitStore(keep);
  store.begin();
  store.sample({ page_path: '/shop' });
  const shown = new Map<string, Mode>();
  const events: string[] = [];
  const messages: string[] = [];
  const answers: ((probability: number) => void)[] = [];
  const world = {
    bridge: {
      config: { source: { mode: 'live_chat' } },
      emit: (event: string, data: { item_id?: string }) => events.push(data.item_id ? `${event} ${data.item_id}` : event),
    },
    store,
    targeting: { triggers, items },
    kinds: kindsOf([]),
    engaged: false,
    free: true,
    items: {
      isMissing: () => false,
      show: (one: Item, _: Trigger, mode: Mode) => shown.set(one.id, mode),
      turn(_: Trigger, mode: Mode) {
        for (const id of shown.keys()) shown.set(id, mode);
        return shown.size > 0;
      },
    },
    available: () => new Promise<number>((done) => answers.push(done)),
    showChat: (_: Trigger, open: boolean) => void events.push(open ? 'opens' : 'minimised'),
    offer: () => shown.clear(),
    say: (_: Trigger, id: string) => void messages.push(id),
  };
  const engine = new Engine(world as unknown as World);
  const answer = async (probability: number) => {
    answers.shift()?.(probability);
    await settle();
  };
  return { keep, store, world, engine, shown, events, messages, answers, answer };
}

const ASKS = { only_if_agents_available: true };

test('a trigger that waits for agents acts when they are there', async () => {
  const { engine, answer, shown } = page([trigger('a', ASKS)]);
  engine.evaluate();
  expect([...shown]).toEqual([]);
  await answer(1);
  expect([...shown]).toEqual([['plain', 'online']]);
});

type Page = ReturnType<typeof page>;
const MEANWHILE: [string, (here: Page) => void][] = [
  ['another trigger was the last to act', ({ store }) => store.change((visit) => (visit.stopped = true))],
  ['another trigger was the last to act, in another tab', ({ keep }) => change(keep, { stopped: true })],
  ['it has acted in another tab', ({ keep }) => change(keep, { once: ['a'] })],
  ['the visitor has written', ({ world }) => (world.engaged = true)],
  ['its conditions hold no more', ({ store }) => store.sample({ page_path: '/' })],
  ['the chat was taken away', ({ world }) => (world.free = false)],
];
const change = (keep: Page['keep'], to: object) => {
  keep.set('visit', JSON.stringify({ ...JSON.parse(keep.get('visit') ?? ''), ...to }));
};
const SHOPS = [{ criterion: 'page_path', position: 'current', operator: 'is', value: '/shop' }];

test.each(MEANWHILE)('an answer that comes late does nothing when %s', async (_, meanwhile) => {
  const here = page([trigger('a', { ...ASKS, once_per_visit: true, conditions: SHOPS })]);
  here.engine.evaluate();
  meanwhile(here);
  await here.answer(1);
  expect([...here.shown]).toEqual([]);
  expect(here.events).toEqual([]);
});

test('who could not act when the answer came asks again when it can', async () => {
  const { engine, store, answer, answers, shown } = page([trigger('a', { ...ASKS, conditions: SHOPS })]);
  engine.evaluate();
  store.sample({ page_path: '/' });
  await answer(1);
  expect(answers).toHaveLength(0);
  store.sample({ page_path: '/shop' });
  engine.evaluate();
  await answer(1);
  expect([...shown.keys()]).toEqual(['plain']);
});

test('a trigger that was shown offline does all that it is for when agents come', async () => {
  const items = [item('both', { offline_support: true }), item('plain')];
  const actions = [
    { type: 'hide_others' },
    { type: 'show_button', item_ids: ['both', 'plain'] },
    { type: 'automatic_message', message_id: 'hello' },
  ];
  const { engine, answer, shown, events, messages } = page([trigger('a', { ...ASKS, actions })], items);
  engine.evaluate();
  await answer(0);
  expect([...shown]).toEqual([['both', 'offline']]);
  expect(messages).toEqual([]);
  events.length = 0;
  const state = engine.states.get('a');
  if (state) state.askedAt = 0;
  engine.evaluate();
  await answer(1);
  expect([...shown]).toEqual([['both', 'online'], ['plain', 'online']]);
  expect(messages).toEqual(['hello']);
  expect(events).toEqual(['availability_changed', 'button_shown plain', 'item_shown plain']);
  engine.evaluate();
  expect(messages).toEqual(['hello']);
});
