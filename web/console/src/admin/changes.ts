/** What the log of changes tells of: each kind of thing, and the page of the administration that shows one. */
const PAGES = {
  access_token: 'tokens',
  author_block: null,
  category: 'categories',
  channel: 'channels',
  community: 'communities',
  content_source: 'sources',
  content_source_run: null,
  custom_field: 'custom_fields',
  folder: 'folders',
  jwt_key: null,
  mail_delivery: null,
  'mobile_messaging.trigger': null,
  'mobile_messaging.custom_variable': null,
  'mobile_messaging.email_notifications.template': null,
  parked_item: null,
  presence_status: 'presence_statuses',
  role: 'roles',
  second_factor: 'agents',
  session: null,
  settings: null,
  survey: null,
  tag: 'tags',
  team: 'teams',
  time_sheet: 'time_sheets',
  user: 'agents',
  user_capacity: null,
  webhook: 'webhooks',
} as const;

export const KINDS = Object.keys(PAGES);

export const isKind = (kind: string): kind is keyof typeof PAGES => kind in PAGES;

/** Where one of a kind is shown; null where none is by itself. */
export const pageOf = (kind: string): string | null => (isKind(kind) ? PAGES[kind] : null);
