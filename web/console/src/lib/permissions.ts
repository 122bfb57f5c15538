import type { Permission } from './api/types';

interface Entry {
  page: string;
  /** The page is shown to roles that hold any of these. */
  anyOf: Permission[];
}

/** The pages of the administration, in their order. */
export const adminPages = [
  { page: 'sources', anyOf: ['read_content_source', 'create_content_source', 'update_content_source'] },
  { page: 'triggers', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'items', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'variables', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'email_templates', anyOf: ['manage_messaging'] },
  { page: 'looks', anyOf: ['update_content_source'] },
  { page: 'communities', anyOf: ['read_community'] },
  { page: 'agents', anyOf: ['create_user', 'update_user', 'invite_user', 'manage_users_of_my_teams'] },
  { page: 'teams', anyOf: ['manage_teams', 'manage_users_of_my_teams'] },
  { page: 'roles', anyOf: ['manage_roles'] },
  { page: 'categories', anyOf: ['manage_categories'] },
  { page: 'folders', anyOf: ['manage_folders'] },
  { page: 'custom_fields', anyOf: ['manage_custom_fields'] },
  { page: 'reply_assistant', anyOf: ['manage_reply_assistant'] },
  { page: 'channels', anyOf: ['manage_topologies'] },
  { page: 'capacities', anyOf: ['manage_topologies'] },
  { page: 'time_sheets', anyOf: ['update_time_sheet'] },
  { page: 'presence_statuses', anyOf: ['monitor_tasks'] },
  { page: 'tags', anyOf: ['manage_tags'] },
  { page: 'tokens', anyOf: ['manage_api_access_tokens'] },
  { page: 'webhooks', anyOf: ['manage_api_access_tokens'] },
  { page: 'mails', anyOf: ['update_settings'] },
  { page: 'changes', anyOf: ['search_event'] },
  { page: 'settings', anyOf: ['update_settings'] },
] as const satisfies Entry[];
