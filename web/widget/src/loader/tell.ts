/**
 * Tells what counts visits on the page of the chat's events (`docs/interactions/web-messaging/source.md`). Only the loader of
 * a source that asks for that has it.
 */
import type { Bridge } from '../shared/types';

/** What each is called there. */
const NAMES = {
  trigger_executed: 'chat_proposed',
  chat_engaged: 'chat_engaged',
  chat_shown: 'chat_shown',
  message_received: 'message_received',
  message_sent: 'message_sent',
};

/** What a page has of its own, where it has it. */
interface Counters {
  dataLayer?: { push(entry: object): unknown };
  gtag?(what: 'event', name: string, data: object): unknown;
}

/** From now on they are told. Nothing is while the page's visitor has not allowed what the source asks them for. */
export function tell(bridge: Bridge): void {
  for (const [event, name] of Object.entries(NAMES)) {
    const handler = (told: unknown) => {
      const { asks_consent, integrations } = bridge.config.source;
      if (asks_consent && bridge.wanted.consent !== true) return;
      const { dataLayer, gtag } = window as Counters;
      const data = told as { trigger_human_id: string };
      if (integrations?.includes('data_layer')) dataLayer?.push({ ...data, event: `hubbub_${name}` });
      if (integrations?.includes('google_analytics_4')) gtag?.('event', name, { trigger: data.trigger_human_id });
    };
    bridge.handlers.push([event, handler]);
  }
}
