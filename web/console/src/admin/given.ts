/** What of the names that a desk begins with only its administration shows. */
import { given as onDesk } from '../lib/given';
import { t, type MessageKey } from '../lib/i18n.svelte';

const names = new Map<string, MessageKey>([
  ['Default floating button', 'prebuilt.floating'],
  ['Default floating button - dark', 'prebuilt.floating_dark'],
  ['Default floating button - light', 'prebuilt.floating_light'],
  ['Default fixed button', 'prebuilt.fixed'],
  ['Default invitation', 'prebuilt.invitation'],
  ['Default automatic message', 'prebuilt.automatic_message'],
  ['Administrator', 'prebuilt.administrator'],
  ['Team leader', 'prebuilt.team_leader'],
  ['Agent', 'prebuilt.agent'],
  ['Bot', 'prebuilt.bot'],
]);

export function given(name: string): string {
  const key = names.get(name);
  return key ? t(key) : onDesk(name);
}

/** What is kept of what is written as a name: untouched, it is what it was. */
export const keptName = (written: string, before: string | undefined): string =>
  before !== undefined && written.trim() === given(before) ? before : written.trim();
