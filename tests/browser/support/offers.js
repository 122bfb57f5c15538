/** What a source offers its visitors, answered in the server's place: triggers, a catalogue, custom variables. */

export const ID = (n) => `${n}`.padStart(24, '0');

/** A trigger that shows things; its id tells the test who has acted. */
export function trigger(n, actions, more = {}) {
  return { id: ID(n), label: `Trigger ${n}`, position: n, conditions: [], actions, ...more };
}

export const on = (criterion, operator, value, position = 'current') => ({ criterion, position, operator, value });
export const shows = (...ids) => ({ type: 'show_button', item_ids: ids.map(ID) });
export const invites = (id) => ({ type: 'show_invitation', item_id: ID(id) });
export const says = (id) => ({ type: 'automatic_message', message_id: ID(id) });
export const MINIMIZED = { type: 'show_chat_minimized' };
export const OPEN = { type: 'show_and_open_chat' };
export const HIDE = { type: 'hide_others' };

/** A button or an invitation. */
export function item(n, more = {}) {
  return {
    id: ID(n),
    type: 'button',
    label: `Item ${n}`,
    positioning: 'floating',
    html: '<button type="button" class="dimelo_chat_item_action">{{ask}}</button>',
    css: `#dimelo_chat_button_${ID(n)} { position: fixed; left: ${n}px; bottom: ${n * 40}px }`,
    offline_support: false,
    reserve_height: null,
    texts: { en: { ask: `Ask us, ${n}` }, fr: { ask: `Demandez, ${n}` } },
    ...more,
  };
}

export const invitation = (n, more = {}) =>
  item(n, {
    type: 'invitation',
    html: `<p>Need help?</p><span class="dimelo_chat_item_action">Yes</span>
      <span class="dimelo_chat_item_dismiss">No</span>`,
    css: `#dimelo_chat_invitation_${ID(n)} { position: fixed; left: 0; top: 60px; padding: 8px; background: #fff }`,
    ...more,
  });

export const BUILT_IN = {
  trigger: { id: ID(1), label: 'Default button', active: true },
  item: { id: ID(2), label: 'Default floating button' },
};
export const LAUNCHER = item(2, { label: 'Default floating button', html: null, css: null });

/** Waits until the browser has noted this many page views of the visit. */
export async function pagesSeen(page, count) {
  const seen = (count) => {
    const key = Object.keys(localStorage).find((one) => one.endsWith(':visit'));
    return key && JSON.parse(localStorage[key]).pages === count;
  };
  await page.waitForFunction(seen, count);
}

/**
 * Makes a browser's pages of a chat meet these offers.
 *
 * @param context the pages' context
 * @param {{triggers?: object[], items?: object[], variables?: object[], messages?: object[], mode?: string, source?: object,
 *   builtIn?: object, before?: boolean, available?: () => object | number | undefined}} offers `available`: what is
 *   answered to a question for agents, a number for a refusal, nothing for silence; `before`: whether the source lets
 *   agents see pages before a word
 */
export async function offer(context, { mode = 'messaging', builtIn, before, available, source, ...parts }) {
  const nothing = { triggers: [], items: [], variables: [], messages: [] };
  const targeting = { version: 'v1', time_zone: 'visitor', ...nothing, ...parts };
  const open = { 'access-control-allow-origin': '*' };
  await context.route(/\/chat\/\w+\/config$/, async (route) => {
    const response = await route.fetch();
    const config = await response.json();
    if (builtIn) config.built_in = builtIn;
    else config.targeting = { version: targeting.version };
    Object.assign(config.source, source, { mode });
    if (before !== undefined) config.source.page_before_engaging = before;
    await route.fulfill({ response, json: config });
  });
  await context.route(/\/chat\/\w+\/targeting\?/, (route) => route.fulfill({ json: targeting, headers: open }));
  await context.route(/\/chat\/\w+\/availability$/, (route) => {
    if (route.request().method() === 'OPTIONS') {
      return route.fulfill({ status: 204, headers: { ...open, 'access-control-allow-headers': 'content-type' } });
    }
    const answer = available?.(route.request().postDataJSON());
    if (answer === undefined) return undefined;
    if (typeof answer === 'number') return route.fulfill({ status: answer, json: {}, headers: open });
    return route.fulfill({ json: answer, headers: open });
  });
}
