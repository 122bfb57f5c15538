/** What a trigger can look at and do, in the server's names: which comparison fits which criterion, and what it takes. */
export type Kind = 'boolean' | 'number' | 'string' | 'day' | 'time';

export interface Condition {
  criterion: string;
  position: string;
  operator: string;
  value: unknown;
}

export interface Action {
  type: string;
  item_ids?: string[];
  item_id?: string;
  message_id?: string;
}

const KINDS: Record<string, Kind> = {
  page_url: 'string',
  page_path: 'string',
  page_title: 'string',
  page_visit_count: 'number',
  page_visit_duration: 'number',
  visit_count: 'number',
  visit_duration: 'number',
  day_of_week: 'day',
  time: 'time',
  identity: 'boolean',
  signed_identity: 'boolean',
  chat_shown: 'boolean',
  chat_opened: 'boolean',
  device: 'string',
  language: 'string',
  referrer: 'string',
  inactivity: 'number',
  scroll_depth: 'number',
  exit_intent: 'boolean',
  returning_unread: 'number',
};

export const criteria = Object.keys(KINDS);

export const positions = [
  'current', 'previous', 'previous_2', 'previous_3', 'previous_4', 'previous_5', 'among_previous_2', 'among_previous_3',
  'among_previous_4', 'among_previous_5', 'current_or_previous', 'current_or_among_previous_2',
  'current_or_among_previous_3', 'current_or_among_previous_4', 'any', 'any_previous', 'first',
];

export const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

export const hours = Array.from({ length: 96 }, (_, n) => {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${two(Math.floor(n / 4))}:${two((n % 4) * 15)}`;
});

export function kindOf(criterion: string, variables: { name: string; kind: string }[]): Kind {
  const own = variables.find((one) => one.name === criterion)?.kind;
  return KINDS[criterion] ?? (own as Kind | undefined) ?? 'string';
}

export function operatorsOf(kind: Kind): string[] {
  if (kind === 'boolean') return ['is', 'is_present', 'is_not_present'];
  if (kind === 'string')
    return ['contains', 'does_not_contain', 'is', 'is_not', 'starts_with', 'ends_with', 'is_present', 'is_not_present'];
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
