import { afterEach, expect, test, vi } from 'vitest';
import { tell } from '../src/loader/tell';
import type { Bridge } from '../src/shared/types';

afterEach(() => vi.unstubAllGlobals());

/** A page with these counters, whose chat tells them what its source asks for; gives what they were told. */
function page(integrations: string[], { has = ['dataLayer', 'gtag'], asks_consent = false } = {}) {
  const told: unknown[] = [];
  const counters: Record<string, unknown> = { dataLayer: { push: (entry: object) => told.push(entry) }, gtag: (...all: unknown[]) => told.push(all) };
  vi.stubGlobal('window', Object.fromEntries(has.map((one) => [one, counters[one]])));
  const bridge = { handlers: [], wanted: {}, config: { source: { integrations, asks_consent } } } as unknown as Bridge;
  tell(bridge);
  const emit = (event: string, data = {}) => {
    for (const [name, handler] of bridge.handlers) if (name === event) handler({ event, ...data });
  };
  return { told, emit, bridge };
}

const by = { trigger_id: '1', trigger_label: 'Cart', trigger_human_id: 'Cart #1', trigger_continuation: false };

test('the data layer hears of what is counted, with the trigger, and of nothing else', () => {
  const { told, emit } = page(['data_layer']);
  emit('started');
  emit('trigger_activated', by);
  emit('trigger_executed', { ...by, mode: 'online' });
  for (const event of ['chat_shown', 'chat_engaged', 'message_sent', 'message_received', 'chat_closed']) emit(event, by);
  expect(told).toEqual([
    { ...by, mode: 'online', event: 'hubbub_chat_proposed' },
    ...['chat_shown', 'chat_engaged', 'message_sent', 'message_received'].map((name) => ({ ...by, event: `hubbub_${name}` })),
  ]);
});

test('Google Analytics hears the same by its own way', () => {
  const { told, emit } = page(['google_analytics_4']);
  emit('trigger_executed', by);
  emit('message_sent', by);
  expect(told).toEqual([
    ['event', 'chat_proposed', { trigger: 'Cart #1' }],
    ['event', 'message_sent', { trigger: 'Cart #1' }],
  ]);
});

test('a page without them, and a visitor who has not allowed it, is told nothing of', () => {
  const both = ['data_layer', 'google_analytics_4'];
  page(both, { has: [] }).emit('chat_shown', by);
  const { told, emit, bridge } = page(both, { asks_consent: true });
  emit('chat_shown', by);
  bridge.wanted.consent = false;
  emit('chat_shown', by);
  expect(told).toEqual([]);
  bridge.wanted.consent = true;
  emit('chat_shown', by);
  expect(told.length).toBe(2);
});
