/** What a live chat has beside other chats: its texts, how it ends, and its printer. Only live chats fetch it. */

import en from '../../messages/live.en.json';
import { endOf, lineOf } from '../chat/rows';
import { calm, later } from '../shared/calm';
import { h, stylesOnce } from '../shared/dom';
import type { Words } from '../chat/i18n';
import type { Live, LiveHost, Queue } from '../shared/types';
import { drawEnd, drawQuestion } from './end';
import css from './live.css?inline';
import { type Printed, printLines } from './printer';

const style = stylesOnce(css);

/** How often it is read out where the visitor stands, in milliseconds. */
const SAY_EVERY = 30_000;

const begin = (host: LiveHost): Live => {
  const { t, bridge, controller } = host;
  const ends = new Map<string, HTMLElement>();
  const question = () => bridge.root.querySelector<HTMLElement>('.question');
  const ask = (id: string) => {
    const body = bridge.root.querySelector('.body');
    if (!body || question()) return;
    const done = () => {
      // It may have ended meanwhile.
      if (!view.isConnected) return;
      view.remove();
      free();
      host.focus();
    };
    const yes = async () => {
      await controller.endChat(id);
      done();
    };
    // Nothing behind it can be used as long as it is there.
    const behind = [body.parentElement?.querySelector('.head'), ...body.children] as HTMLElement[];
    const free = () => {
      if (!question()) for (const one of behind) one.inert = false;
    };
    const view = drawQuestion(t, yes, done);
    view.dataset.thread = id;
    body.append(view);
    for (const one of behind) one.inert = true;
    const gone = new MutationObserver(() => {
      if (view.isConnected) return;
      gone.disconnect();
      free();
    });
    gone.observe(body, { childList: true });
    // The answer that changes nothing.
    view.querySelector<HTMLElement>('button:last-child')?.focus();
  };
  t.learn(en);
  style(bridge.root);
  const say = sayer(bridge.root);
  return {
    line(queue) {
      const line = queue ? lineOfQueue(t, queue) : '';
      say(line);
      return line;
    },
    end({ id, close_cause }) {
      const why = close_cause === 'client_impossible_delay' ? t('timed_messages.impossible') : '';
      // Another tab may give the address that this one asks for.
      const given = controller.store.notices(id).some(({ key }) => key === 'request_email.submitted_title');
      const hooks = { leave: () => host.leave(id), print: () => void print(host, id), again: host.again };
      const more = () => (why ? place(host, id, given) : h('p', { 'data-testid': 'end-why' }, endOf(close_cause, t)));
      const view = ends.get(id + given) ?? drawEnd(t, why, more(), hooks);
      ends.set(id + given, view);
      return view;
    },
    ask,
    speak() {
      ends.clear();
      const asked = question();
      asked?.remove();
      if (asked?.dataset.thread) ask(asked.dataset.thread);
    },
  };
};

/**
 * Where whom nobody has answered can leave an address, unless it is known, or no mail is sent to any. What asks for it comes
 * when it is needed.
 */
function place({ t, bridge, controller }: LiveHost, id: string, given: boolean): HTMLElement | undefined {
  // A server of an earlier version tells less.
  const { mails } = bridge.config;
  if (!given && (mails === false || controller.reachable || controller.variables.email)) return undefined;
  const asks = h('div');
  const draw = calm(async () => {
    const make = await bridge.script('email', () => window.__hubbubEmail);
    const focus = () => bridge.root.querySelector<HTMLElement>('[data-testid=leave]')?.focus();
    make({ t, bridge, controller, thread: () => id, focus }, asks, given);
  });
  draw();
  return asks;
}

/** Reads out what changes again and again, after a while each time: the last of it alone. */
function sayer(root: ShadowRoot): (text: string) => void {
  const said = h('p', { class: 'sr', role: 'status', 'data-testid': 'queue-said' });
  root.querySelector('.panel')?.append(said);
  let [last, at] = ['', 0];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const put = () => {
    timer = undefined;
    if (said.textContent === last) return;
    said.textContent = last;
    at = Date.now();
  };
  return (text) => {
    last = text;
    if (said.textContent !== text) timer ??= later(put, text ? Math.max(0, at + SAY_EVERY - Date.now()) : 0);
  };
}

/** Where the visitor stands, in words. */
export function lineOfQueue(t: Words, { place, estimated_wait_seconds: seconds }: Queue): string {
  const wait = () => {
    const minutes = Math.ceil((seconds ?? 0) / 60);
    if (minutes < 60) return t.count('date.estimated_wait_time_format.minutes', Math.max(minutes, 1));
    return t(`date.estimated_wait_time_format.hours.${minutes === 60 ? 'one' : 'other'}`);
  };
  const parts = [
    place && t('queuing_update.queued', { position: place }),
    seconds !== null && t('queuing_update.estimated_wait_time', { estimated_wait_time: wait() }),
  ];
  return parts.filter(Boolean).join(' \u00b7 ');
}

/** Prints a conversation from its beginning. */
async function print({ t, bridge, controller }: LiveHost, id: string): Promise<void> {
  const { store } = controller;
  await controller.openThread(id);
  while (store.more(id)) {
    const known = store.messages(id).length;
    await controller.loadOlder(id);
    if (store.messages(id).length === known) break;
  }
  const { name } = bridge.config.source;
  const lines = store.messages(id).map((message): Printed => {
    const who = message.from === 'visitor' ? t('you') : (message.sender_name ?? name);
    return [who, lineOf(message) || message.attachments.map((file) => file.filename).join(', ')];
  });
  printLines(t('printer.title', { title: t.has('default_title') ? t('default_title') : name }), lines, t);
}

window.__hubbubLive = begin;
