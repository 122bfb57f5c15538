import { t } from '../lib/i18n.svelte';
import type { Badge } from './manage/describe';

/** Whether somebody, or a program, may come in. */
export const onOff = (enabled: boolean): Badge[] => [
  { text: t(enabled ? 'state.enabled' : 'state.disabled'), ...(enabled && { tone: 'ok' }) },
];
