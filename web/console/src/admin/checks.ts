import type { Webhook } from '../lib/api/types';
import { t } from '../lib/i18n.svelte';
import type { Badge } from './manage/describe';

/** Whether a webhook's endpoint is being asked to confirm: an answer, or its absence, comes within seconds. */
const isAsked = (webhook: Webhook) => webhook.webhook_status === 'unverified' && webhook.active;

const tones = { active: 'ok', checking: undefined, unverified: 'danger', suspended: 'danger', inactive: undefined } as const;

/** How a webhook is; one whose endpoint is being asked at this moment is being checked. */
export function stateOf(webhook: Webhook): Badge[] {
  const status = isAsked(webhook) ? 'checking' : webhook.webhook_status;
  return [{ text: t(`webhooks.status.${status}`), tone: tones[status], testid: 'webhook-status' }];
}

/** Loads webhooks again until those that are asked have been answered; gives how to stop. */
export function follow(webhooks: Webhook[], load: () => void): (() => void) | undefined {
  if (!webhooks.some(isAsked)) return undefined;
  const timer = setTimeout(load, 1_000);
  return () => clearTimeout(timer);
}
