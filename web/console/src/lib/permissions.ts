import type { IconName } from '../ui/icons';
import type { Permission } from './api/types';
import type { MessageKey } from './i18n.svelte';

export interface AdminPageEntry {
  page: string;
  label: MessageKey;
  icon: IconName;
  /** The page is shown to roles that hold any of these. */
  anyOf: Permission[];
}

export const adminPages: AdminPageEntry[] = [
  {
    page: 'sources',
    label: 'admin.sources',
    icon: 'chat',
    anyOf: ['read_content_source', 'create_content_source', 'update_content_source'],
  },
  { page: 'triggers', label: 'admin.triggers', icon: 'target', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'items', label: 'admin.items', icon: 'grid', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'variables', label: 'admin.variables', icon: 'note', anyOf: ['manage_messaging', 'manage_chat'] },
  { page: 'email_templates', label: 'admin.email_templates', icon: 'mail', anyOf: ['manage_messaging'] },
  { page: 'looks', label: 'admin.looks', icon: 'sliders', anyOf: ['update_content_source'] },
  {
    page: 'communities',
    label: 'admin.communities',
    icon: 'people',
    anyOf: ['read_community'],
  },
  {
    page: 'agents',
    label: 'admin.agents',
    icon: 'person',
    anyOf: ['create_user', 'update_user', 'invite_user', 'manage_users_of_my_teams'],
  },
  { page: 'teams', label: 'admin.teams', icon: 'people', anyOf: ['manage_teams', 'manage_users_of_my_teams'] },
  { page: 'roles', label: 'admin.roles', icon: 'lock', anyOf: ['manage_roles'] },
  { page: 'categories', label: 'admin.categories', icon: 'tree', anyOf: ['manage_categories'] },
  { page: 'folders', label: 'admin.folders', icon: 'inbox', anyOf: ['manage_folders'] },
  { page: 'custom_fields', label: 'admin.custom_fields', icon: 'note', anyOf: ['manage_custom_fields'] },
  { page: 'reply_assistant', label: 'admin.reply_assistant', icon: 'reply', anyOf: ['manage_reply_assistant'] },
  { page: 'channels', label: 'admin.channels', icon: 'tree', anyOf: ['manage_topologies'] },
  { page: 'capacities', label: 'admin.capacities', icon: 'sliders', anyOf: ['manage_topologies'] },
  { page: 'time_sheets', label: 'admin.time_sheets', icon: 'clock', anyOf: ['update_time_sheet'] },
  { page: 'presence_statuses', label: 'admin.presence_statuses', icon: 'clock', anyOf: ['monitor_tasks'] },
  { page: 'tags', label: 'admin.tags', icon: 'tag', anyOf: ['manage_tags'] },
  { page: 'tokens', label: 'admin.tokens', icon: 'key', anyOf: ['manage_api_access_tokens'] },
  { page: 'webhooks', label: 'admin.webhooks', icon: 'bolt', anyOf: ['manage_api_access_tokens'] },
  { page: 'mails', label: 'admin.mails', icon: 'mail', anyOf: ['update_settings'] },
  { page: 'changes', label: 'admin.changes', icon: 'clock', anyOf: ['search_event'] },
  { page: 'settings', label: 'admin.settings', icon: 'gear', anyOf: ['update_settings'] },
];
