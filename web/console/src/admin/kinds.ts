import { t } from '../lib/i18n.svelte';

/** What a kind of source or community is called. */
export function kindOf(type: string): string {
  if (type === 'engage_messaging' || type === 'sdk') return t(`sources.type.${type}`);
  return t('sources.type.other', { type });
}
