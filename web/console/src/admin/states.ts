import type { Source } from '../lib/api/types';
import { t } from '../lib/i18n.svelte';
import type { Badge } from './manage/describe';

/** Whether somebody, or a program, may come in. */
export const onOff = (enabled: boolean): Badge[] => [
  { text: t(enabled ? 'state.enabled' : 'state.disabled'), ...(enabled && { tone: 'ok' }) },
];

/** How a source is: what troubles it, or whether it takes in messages. */
export const stateOf = (source: Source): Badge[] =>
  source.error_message
    ? [{ text: source.error_message, tone: 'danger' }]
    : [{ text: t(source.active ? 'state.active' : 'state.inactive'), ...(source.active && { tone: 'ok' }) }];
