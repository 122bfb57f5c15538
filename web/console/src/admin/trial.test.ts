import { expect, test } from 'vitest';
import { asked, blankPage, samples, type Setup, tryVisit } from './trial';

const on = (criterion: string, operator: string, value: unknown, position = 'current') => ({ criterion, position, operator, value });

function trigger(id: string, conditions: ReturnType<typeof on>[], more: object = {}) {
  const flags = { only_if_agents_available: false, stop_after: false, once_per_visit: false, also_when_engaged: false };
  return { id, label: id, active: true, conditions, actions: [{ type: 'show_and_open_chat' }], ...flags, ...more };
}

const setup = (triggers: Setup['triggers'], mode: Setup['mode'] = 'messaging'): Setup => ({
  mode,
  triggers,
  items: [{ id: 'i', label: 'Come', type: 'invitation', active: true, offline_support: true, html: '<p>Come</p>' }],
  variables: [{ name: 'custom_cart', label: 'Cart', kind: 'number' }],
});

const told = async (visit: Parameters<typeof tryVisit>[0], of: Setup) =>
  (await tryVisit(visit, of)).map((page) =>
    page.map(({ id, acted, why }) => `${id}: ${acted ? `${acted.mode} after ${acted.after}` : why}`),
  );

test('an emptied cart is met on the page where it is empty, with the results of both conditions', async () => {
  const cart = [on('custom_cart', 'gte', 1, 'any'), on('custom_cart', 'is', 0)];
  const of = setup([trigger('emptied', cart)]);
  const outcomes = await tryVisit(samples.cart(of), of);
  expect(outcomes.map(([one]) => one!.results)).toEqual([[false, true], [true, false], [true, true]]);
  expect(outcomes.map(([one]) => one!.acted?.after ?? one!.why)).toEqual(['conditions', 'conditions', 0]);
});

test('time on a page is met at its second, and the order, the last one and once a visit hold over pages', async () => {
  const of = setup([
    trigger('first', [on('page_visit_duration', 'gte', 30)], { once_per_visit: true }),
    trigger('last', [on('page_visit_count', 'gte', 2)], { stop_after: true }),
    trigger('behind', []),
    trigger('off', [], { active: false }),
  ]);
  const visit = { ...samples.first(), pages: [blankPage('/a', 45), blankPage('/b', 45)] };
  expect(await told(visit, of)).toEqual([
    ['first: online after 30', 'last: conditions', 'behind: online after 0', 'off: inactive'],
    ['first: stopped', 'last: online after 0', 'behind: stopped', 'off: inactive'],
  ]);
});

test('without agents a live chat shows what has an offline side, and messaging nothing', async () => {
  const one = (actions: object[]) => trigger('asks', [], { only_if_agents_available: true, actions });
  const away = samples.night();
  const invites = one([{ type: 'show_invitation', item_id: 'i' }]);
  expect(await told(away, setup([invites], 'live_chat'))).toEqual([['asks: offline after 0']]);
  expect(await told(away, setup([invites]))).toEqual([['asks: nobody']]);
  expect(await told(away, setup([one([{ type: 'show_and_open_chat' }])], 'live_chat'))).toEqual([['asks: nobody']]);
  expect(await told({ ...away, agents: true }, setup([invites]))).toEqual([['asks: online after 0']]);
  // The day is the visitor's.
  expect(await told(away, setup([trigger('sunday', [on('day_of_week', 'is', 'sunday'), on('time', 'gte', '22:30')])]))).toEqual([
    ['sunday: online after 0'],
  ]);
});

test('what one trigger shows another can see, and who writes is left alone', async () => {
  const of = setup([
    trigger('seen', [on('chat_opened', 'is', true)]),
    trigger('opens', [on('page_visit_duration', 'gte', 5)]),
    trigger('also', [], { also_when_engaged: true, actions: [{ type: 'show_invitation', item_id: 'i' }] }),
  ]);
  const visit = { ...samples.first(), pages: [blankPage('/a', 10), { ...blankPage('/b', 3), engaged: true }] };
  expect(await told(visit, of)).toEqual([
    ['seen: online after 5', 'opens: online after 5', 'also: online after 0'],
    ['seen: engaged', 'opens: engaged', 'also: online after 0'],
  ]);
});

test('what is asked for is the variables, and what conditions name beside what every visit has', () => {
  const of = setup([trigger('one', [on('device', 'is', 'mobile'), on('page_url', 'contains', 'x')])]);
  expect(asked(of).map(({ name }) => name)).toEqual(['custom_cart', 'device']);
});
