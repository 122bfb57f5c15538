import type { Webhook } from '../lib/api/types';

/** Whether a webhook's endpoint is being asked to confirm: an answer, or its absence, comes within seconds. */
export const isAsked = (webhook: Webhook) => webhook.webhook_status === 'unverified' && webhook.active;

/** Loads webhooks again until those that are asked have been answered; gives how to stop. */
export function follow(webhooks: Webhook[], load: () => void): (() => void) | undefined {
  if (!webhooks.some(isAsked)) return undefined;
  const timer = setTimeout(load, 1_000);
  return () => clearTimeout(timer);
}
