import type { ThreadRow } from './api/types';
import { t } from './i18n.svelte';

/** What a conversation's customer is called; while it has none, that is said. */
export const customerName = (row: Pick<ThreadRow, 'identity'>): string => row.identity?.display_name ?? t('list.no_customer');
