import type { MessageKey } from '../lib/i18n.svelte';

/** What the permissions of a role are about, in the order in which a form asks for them; words: `right.NAME`. */
export const rightGroups: { label: MessageKey; names: string[]; kept?: true }[] = [
  {
    label: 'rights.conversations',
    names: [
      'update_own_intervention',
      'update_intervention',
      'close_content_thread',
      'open_content_thread',
    ],
  },
  {
    label: 'rights.replies',
    names: [
      'reply_with_assistant',
      'approve_content',
      'publish_content',
    ],
  },
  {
    label: 'rights.customers',
    names: [
      'read_identity',
      'update_identity',
      'anonymize_identity',
      'author_block_content',
      'manage_identities',
      'export_identity',
    ],
  },
  {
    label: 'rights.colleagues',
    names: [
      'read_user',
      'invite_user',
      'create_user',
      'update_user',
      'manage_users_of_my_teams',
      'manage_teams',
      'manage_roles',
    ],
  },
  {
    label: 'rights.organizing',
    names: [
      'manage_categories',
      'manage_folders',
      'manage_tags',
      'manage_custom_fields',
      'manage_chat',
      'manage_messaging',
      'manage_reply_assistant',
    ],
  },
  {
    label: 'rights.sources',
    names: [
      'create_content_source',
      'update_content_source',
      'read_community',
      'create_community',
      'update_community',
      'manage_topologies',
    ],
  },
  {
    label: 'rights.desk',
    names: [
      'update_settings',
      'update_time_sheet',
      'read_surveys',
      'manage_surveys',
    ],
  },
  {
    label: 'rights.overview',
    names: [
      'monitor_tasks',
      'monitor_team_tasks',
      'read_stats',
      'read_own_stats',
      'search_event',
      'read_event',
    ],
  },
  {
    label: 'rights.programs',
    names: [
      'manage_api_access_tokens',
      'impersonate_user',
    ],
  },
  {
    label: 'rights.kept',
    kept: true,
    names: [
      'assign_intervention',
      'mute_content',
      'delete_content_thread',
      'access_previous_messages',
      'search_contents',
      'use_emoji',
      'ask_an_expert',
      'escalate_to_video',
      'use_cobrowsing',
      'lock_identity',
      'receive_tasks',
      'access_pull_mode',
      'read_presence',
      'manage_rules_engine_rules',
      'read_export',
      'delay_export_content',
      'manage_automatic_exports_tasks',
      'manage_own_notifications',
      'manage_custom_notifications',
      'manage_emails_templates',
      'admin_stamp_answer',
      'read_content_source',
      'access_help_center',
      'create_and_destroy_extension',
      'update_extension',
      'manage_app_sdk_applications',
      'manage_ice',
    ],
  },
];
