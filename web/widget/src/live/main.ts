/** What a live chat has beside other chats: its texts, how it ends, and its printer. Only live chats fetch it. */

import en from '../../messages/live.en.json';
import fr from '../../messages/live.fr.json';
import { lineOf } from '../chat/rows';
import { complain } from '../shared/calm';
import { addStyles } from '../shared/dom';
import type { Words } from '../chat/i18n';
import type { Live, LiveHost, Queue } from '../shared/types';
import { drawEnd, drawQuestion } from './end';
import css from './live.css?inline';
import { type Printed, printLines } from './printer';

const begin = (host: LiveHost): Live => {
  const { t, bridge, controller } = host;
  const ends = new Map<string, HTMLElement>();
  t.learn({ en, fr }[bridge.locale]);
  addStyles(bridge.root, css);
  return {
    line: (queue) => (queue ? lineOfQueue(t, queue) : ''),
    end({ id, close_cause }) {
      const why = close_cause === 'client_impossible_delay' ? t('timed_messages.impossible') : '';
      const hooks = { leave: () => host.leave(id), print: () => void print(host, id), again: host.again };
      const view = ends.get(id) ?? drawEnd(t, why, hooks);
      ends.set(id, view);
      return view;
    },
    ask(id) {
      const body = bridge.root.querySelector('.body');
      if (!body || body.querySelector('.question')) return;
      const done = () => {
        view.remove();
        host.focus();
      };
      const yes = () => {
        done();
        // Without an answer it goes on, and can be ended again.
        controller.endChat(id).catch(complain);
      };
      const view = drawQuestion(t, yes, done);
      body.append(view);
      // The answer that changes nothing.
      view.querySelector<HTMLElement>('button:last-child')?.focus();
    },
  };
};

/** Where the visitor stands, in words. */
export function lineOfQueue(t: Words, { place, estimated_wait_seconds: seconds }: Queue): string {
  const wait = () => {
    const minutes = Math.ceil((seconds ?? 0) / 60);
    if (minutes < 2) return t('date.estimated_wait_time_format.minutes.one');
    if (minutes < 60) return t('date.estimated_wait_time_format.minutes.other', { count: minutes });
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
  printLines(t('printer.title', { title: name }), lines);
}

window.__hubbubLive = begin;
