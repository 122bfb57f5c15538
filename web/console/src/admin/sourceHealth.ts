/** How sources that are asked for what is new fare, in words. */
import type { Source, SourceState } from '../lib/api/types';
import { t, tMaybe } from '../lib/i18n.svelte';
import { ago } from '../lib/time.svelte';
import type { Badge } from './manage/describe';

export type Tone = 'ok' | 'warn' | 'danger' | undefined;

/** How serious a state is; nothing of one that is neither well nor ill. */
export function toneOf(state: SourceState['state']): Tone {
  switch (state) {
    case 'ok':
      return 'ok';
    case 'degraded':
      return 'warn';
    case 'error':
    case 'needs_reauth':
      return 'danger';
    default:
      return undefined;
  }
}

/** A source's health as a badge; whether it is in use, of one that nobody has to ask. */
export function healthOf(source: Source): Badge[] {
  if (!source.health) {
    return [{ text: t(source.active ? 'state.active' : 'state.inactive'), ...(source.active && { tone: 'ok' }) }];
  }
  const { state } = source.health;
  const tone = toneOf(state);
  return [{ text: t(`health.${state}`), ...(tone && { tone }), testid: 'source-health' }];
}

/** What to do about a reason at a kind of source; what the other side said, where nobody knows. */
export const advice = (code: string | null, kind = '', said: string | null = null): string =>
  // That this server may not go there is nothing that its name and port could be wrong in.
  (code && said?.includes('has no public address') && t('health.do.private')) ||
  (code && (tMaybe(`health.do.${code}.${kind}`) || tMaybe(`health.do.${code}`))) || '';

/** What a list says of a source beside its state: what waits, what is parked, when something came last. */
export function glance(source: Source): string {
  const health = source.health;
  if (!health) return '';
  return [
    health.last_received_at && t('health.received', { when: ago(health.last_received_at) }),
    health.last_sent_at && t('health.sent', { when: ago(health.last_sent_at) }),
    health.waiting_exports > 0 && t('health.waiting', { count: health.waiting_exports }),
    health.parked_items > 0 && t('health.parked', { count: health.parked_items }),
  ]
    .filter(Boolean)
    .join(' · ');
}
