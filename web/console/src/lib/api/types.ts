/** The shapes the server speaks. Only what the console reads is named here; unknown fields pass through unread. */

export type Id = string;
export type FolderName = 'new' | 'mine' | 'everyone' | 'closed' | 'to_approve';
export type FolderCounts = Record<FolderName, number> & {
  /** Conversations of mine whose customer waits for an answer, and those with something that nobody has seen. */
  mine_waiting: number;
  mine_unread: number;
};
/** A folder of the desk's own, as the rail shows it; no count where none is to be shown. */
export interface OwnFolder {
  id: Id;
  label: string;
  parent_id: Id | null;
  count: number | null;
}
/** One that every desk has, or the id of one of the desk's own. */
export type FolderRef = FolderName | (Id & {});
export type FolderList = FolderCounts & { folders?: OwnFolder[] };

export interface Named {
  id: Id;
  name: string;
}

export interface SessionUser extends Named {
  email: string;
  firstname: string | null;
  lastname: string | null;
  locale: string | null;
  role: { id: Id; label: string; permissions: string[] };
}

export interface Session {
  user: SessionUser;
  csrf: string;
  domain: Named;
}

export interface Page<T> {
  count: number;
  offset?: number;
  limit?: number;
  records: T[];
}

export interface SourceBadge extends Named {
  type: string;
  color_hex: string | null;
}

/** Who has a thread. */
export interface Owner extends Named {
  type: 'bot' | 'agent';
}

export interface RowIntervention {
  id: Id;
  status: 'open' | 'deferred' | 'closed';
  user: Named | null;
  deferred_at: string | null;
}

export interface ThreadRow {
  id: Id;
  /** Null for one that is gone. */
  source: SourceBadge | null;
  title: string | null;
  closed: boolean;
  /** Null while no customer is in the conversation: one of ours began it, to nobody yet. */
  identity: { id: Id; display_name: string; avatar_url: string | null } | null;
  last_content: {
    id: Id;
    body: string;
    created_at: string;
    from: 'customer' | 'agent';
    attachments_count: number;
  } | null;
  contents_count: number;
  category_ids: Id[];
  intervention: RowIntervention | null;
  owner: Owner | null;
  /** Grows each time that the thread changes hands. */
  owner_epoch: number;
  updated_at: string;
  unread: boolean;
  /** Where it stands: waiting for somebody, under a case, or with nothing to do. */
  folder: 'new' | 'open' | 'closed';
}

export interface ThreadPage extends Page<ThreadRow> {
  position: number;
  timeline: string;
  /** The conditions of the search that were not understood, and searched for as words. */
  as_words: string[];
}

/** A line of the history: what was done to a thread, by whom, and who had the case then. */
export interface Line {
  id: Id;
  /** The ordinal of the content before it; null when the server does not know that any more. */
  after: number | null;
  at: string;
  deed: 'opened' | 'given' | 'canceled' | 'closed' | 'reopened' | 'archived' | 'locked' | 'unlocked';
  by: Named | null;
  holder: Named | null;
  intervention_id: Id | null;
}

export interface Attachment {
  id: Id;
  filename: string;
  content_type: string;
  size: number;
  url: string;
}

export interface StructuredContent {
  type?: string;
  title?: string;
  subtitle?: string;
  url?: string;
  url_fallback?: string;
  items?: StructuredContent[];
}

export interface ContentView {
  id: Id;
  /** Its place in the thread. */
  ordinal: number;
  from: 'customer' | 'agent' | 'bot' | 'system';
  author: { id: Id; name: string; avatar_url: string | null } | null;
  creator: Named | null;
  /** What the customer reads beside a reply. */
  sender_name?: string | null;
  body: string;
  html: string | null;
  structured_content?: StructuredContent | null;
  created_at: string;
  status: string;
  synchronization_status: 'pending' | 'success' | 'error' | null;
  synchronization_error: string | null;
  approval_required: boolean;
  /** Of a reply that waits for approval or was refused. */
  approval?: { state: 'waiting' | 'approved' | 'refused'; user: Named | null; decided_at: string | null; reason: string | null } | null;
  may?: { approve: boolean; refuse: boolean };
  attachments: Attachment[];
  in_reply_to_id: Id | null;
  delivered: boolean;
  read: boolean;
  category_ids: Id[];
  intervention_id: Id | null;
}

export interface Comment {
  id: Id;
  body: string;
  user: Named | null;
  /** The ordinal of the content before it. */
  after: number;
  created_at: string;
}

export interface Intervention {
  id: Id;
  content_id: Id;
  created_at: string;
  closed: boolean;
  closed_at: string | null;
  deferred_at: string | null;
  category_ids: Id[];
  user_replies_count?: number;
  owner_epoch: number;
  user: Named | null;
  comments: Comment[];
}

/** An intervention as the answer to taking it has it. */
export type Taken = Pick<Intervention, 'id' | 'content_id' | 'owner_epoch'>;

export interface Identity {
  id: Id;
  display_name: string;
  avatar_url: string | null;
  type?: string;
  community_id?: Id;
  company?: string | null;
  created_at?: string;
  email?: string | null;
  extra_values?: Record<string, unknown> | null;
  firstname?: string | null;
  lastname?: string | null;
  foreign_id?: string | null;
  gender?: string | null;
  home_phone?: string | null;
  mobile_phone?: string | null;
  screenname?: string | null;
  uuid?: string | null;
}

/** An identity with the person that it belongs to. */
export interface Person {
  identity: Identity;
  /** The name of its community. */
  community: string;
  identity_group: IdentityGroup | null;
  /** It came to its person by a merge, and can be taken out. */
  joined: boolean;
}

export interface Abilities {
  reply: boolean;
  engage: boolean;
  close: boolean;
  reassign: boolean;
  archive: boolean;
  close_thread?: boolean;
  open_thread?: boolean;
  /** Merge its customer with somebody. */
  merge?: boolean;
}

export interface ThreadDetail {
  thread: ThreadRow;
  contents: ContentView[];
  more: boolean;
  interventions: Intervention[];
  lines: Line[];
  identity: Identity | null;
  /** What the customer's browser last showed of the site. */
  page?: { url: string; title: string | null } | null;
  /** The endings of files that may be sent; null where every type is. */
  attachment_extensions?: string[] | null;
  /** The largest file that may be sent. */
  attachment_max_bytes?: number;
  /** The longest reply or comment. */
  max_characters?: number;
  other_threads: ThreadRow[];
  custom_fields?: CustomField[];
  identity_group?: IdentityGroup | null;
  viewers: Viewer[];
  /** The bot that had the thread last. */
  last_bot_id?: Id | null;
  can: Abilities;
}

export interface Viewer extends Named {
  typing?: boolean;
}

export interface Category extends Named {
  parent_id: Id | null;
  color: number | null;
  mandatory: boolean;
  multiple: boolean;
  post_qualification: boolean;
  unselectable: boolean;
  source_ids: Id[];
}

export interface User {
  id: Id;
  email: string;
  firstname: string | null;
  lastname: string | null;
  nickname?: string | null;
  enabled: boolean;
  invitation_pending?: boolean;
  /** Where an invited user sets a password; told only in the answer to the invitation. */
  invitation_url?: string | null;
  /** Whether they are sent a mail with it; told there too. */
  invitation_mailed?: boolean;
  bot?: boolean;
  locale?: string | null;
  role_id: Id;
  team_ids?: Id[];
}

/** Each permission is a field of its own, true or false. */
export interface Role {
  id: Id;
  label: string;
  source_permissions?: string[];
  [permission: string]: unknown;
}

export interface Team extends Named {
  leader_ids: Id[];
  user_ids: Id[];
}

export interface CustomField {
  id: Id;
  associated_type_name: 'IdentityGroup' | 'Intervention';
  label: string;
  key: string;
  type: 'string' | 'text' | 'integer' | 'float' | 'boolean' | 'single_choice' | 'multiple_choice';
  choices?: string[];
  multiple: boolean;
  read_only?: boolean;
  position: number;
}

export interface Restriction {
  only: Id[];
}

export interface Folder {
  id: Id;
  label: string;
  query: string | null;
  parent_id: Id | null;
  position: number;
  render_threads_count: boolean;
  role_restriction?: Restriction | null;
  team_restriction?: Restriction | null;
  user_restriction?: Restriction | null;
}

export interface ReplyGroup extends Named {
  entry_ids: Id[];
}

export interface ReplyEntry {
  id: Id;
  label: string;
  entry_group_id: Id | null;
  shortcuts: string;
  source_ids: Id[];
  version_ids: Id[];
}

export interface ReplyVersion {
  id: Id;
  entry_id: Id;
  body: string;
  language: string | null;
}

/** A ready answer that fits a content, with its variables filled in. */
export interface Suggestion {
  id: Id;
  label: string;
  group: string | null;
  shortcuts: string[];
  version: { body: string; format: string };
}

export type Settings = Record<string, unknown>;

export interface IdentityGroup {
  id: Id;
  identity_ids: Id[];
  firstname: string | null;
  lastname: string | null;
  company: string | null;
  custom_field_values: Record<string, unknown>;
  emails: string[];
  home_phones: string[];
  mobile_phones: string[];
  notes: string | null;
  tag_ids: Id[];
}

export interface Tag extends Named {}

export interface Source extends Named {
  type: string;
  active: boolean;
  community_id: Id;
  channel_id?: Id | null;
  color?: number | null;
  color_hex?: string | null;
  avatar_url?: string | null;
  welcome_message?: string | null;
  welcome_messages?: { language: string; body: string }[] | null;
  sender_name?: string | null;
  token?: string | null;
  access_token?: string | null;
  endpoint_url?: string | null;
  error_message?: string | null;
}

export interface Community extends Named {
  type: string;
  active?: boolean;
  signed_identities?: 'required' | 'rejected';
}

export interface JwtKey {
  key_id: string;
  algorithm: 'HS256' | 'RS256';
  created_at?: string;
}

export interface AccessToken {
  id: Id;
  label: string;
  user_id: Id;
  enabled: boolean;
  created_at?: string;
  token?: string | null;
}

export type WebhookStatus = 'unverified' | 'active' | 'suspended' | 'inactive';

export interface Webhook extends Named {
  url: string;
  /** Whether they are set; they are not told again. */
  has_secret?: boolean;
  has_verify_token?: boolean;
  registered_events: string[];
  active: boolean;
  sources_strategy?: 'all_except' | 'none_except';
  source_ids?: Id[];
  webhook_status: WebhookStatus;
  /** Why it is in that state. */
  status_reason?: string | null;
  suspended_until?: string | null;
  created_at: string;
  /** How many deliveries wait: those that are under way, and what came while it was off. */
  deliveries_waiting: number;
  deliveries_parked: number;
}

export type DeliveryState = 'pending' | 'delivered' | 'parked';

export interface Delivery {
  id: Id;
  state: DeliveryState;
  events: { id: Id; type: string }[];
  attempts_count: number;
  next_attempt_at: string | null;
  created_at: string;
  delivered_at: string | null;
}

export interface DeliveryDetail extends Delivery {
  attempts: {
    at: string;
    status_code: number | null;
    error: string | null;
    duration_ms: number | null;
    response: string | null;
  }[];
  body: unknown;
}

export interface MailSender {
  way: 'smtp' | 'folder' | null;
  from: string | null;
  server: string | null;
  security: 'none' | 'starttls' | 'tls' | null;
}

export interface Mail {
  id: Id;
  kind: string;
  recipient: string;
  subject: string;
  state: DeliveryState;
  attempts: { at: string; code: number | null; error: string | null; answer: string | null }[];
  attempts_count: number;
  next_attempt_at: string | null;
  created_at: string;
}
