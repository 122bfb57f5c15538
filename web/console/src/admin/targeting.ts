/** What a trigger can look at and do, in the server's names: which comparison fits which criterion, and what it takes. */
import { CRITERIA, type Condition, DAYS, type Kind } from '../../../widget/src/manager/targeting';

export type { Condition };

export interface Action {
  type: string;
  item_ids?: string[];
  item_id?: string;
  message_id?: string;
}

/** In the order in which they are offered. */
export const criteria = [
  'page_url', 'page_path', 'page_title', 'page_visit_count', 'page_visit_duration', 'visit_count', 'visit_duration',
  'day_of_week', 'time', 'identity', 'signed_identity', 'chat_shown', 'chat_opened', 'device', 'language', 'referrer',
  'inactivity', 'scroll_depth', 'exit_intent', 'returning_unread',
];

export const positions = [
  'current', 'previous', 'previous_2', 'previous_3', 'previous_4', 'previous_5', 'among_previous_2', 'among_previous_3',
  'among_previous_4', 'among_previous_5', 'current_or_previous', 'current_or_among_previous_2',
  'current_or_among_previous_3', 'current_or_among_previous_4', 'any', 'any_previous', 'first',
];

export const days = DAYS;

export const hours = Array.from({ length: 96 }, (_, n) => {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${two(Math.floor(n / 4))}:${two((n % 4) * 15)}`;
});

export function kindOf(criterion: string, variables: { name: string; kind: string }[]): Kind {
  const own = variables.find((one) => one.name === criterion)?.kind;
  return CRITERIA[criterion] ?? (own as Kind | undefined) ?? 'string';
}

export function operatorsOf(kind: Kind): string[] {
  if (kind === 'boolean') return ['is', 'is_present', 'is_not_present'];
  if (kind === 'string')
    return ['contains', 'does_not_contain', 'is', 'is_not', 'starts_with', 'ends_with', 'is_present', 'is_not_present'];
  if (kind === 'number') return ['gte', 'lte', 'is', 'is_present', 'is_not_present'];
  return ['is', 'gte', 'lte', 'is_present', 'is_not_present'];
}

/** Whether a comparison is with something. */
export const compares = (operator: string) => operator !== 'is_present' && operator !== 'is_not_present';

/** What a comparison of this kind begins with. */
export function firstValue(kind: Kind, operator: string): unknown {
  if (!compares(operator)) return null;
  return { boolean: true, number: 0, string: '', day: 'monday', time: '09:00' }[kind];
}

export const actionTypes = [
  'show_button', 'show_invitation', 'show_chat_minimized', 'show_and_open_chat', 'automatic_message', 'hide_others',
];
