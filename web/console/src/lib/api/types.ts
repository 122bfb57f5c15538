/**
 * What the server answers, under the names that the console has for it. All of it comes from the server's document
 * (`web/api`); what is written out here is the console's own.
 */
import type { Schemas } from '../../../../api';

export type Id = string;

export type FolderName = 'mine' | 'unassigned' | 'open' | 'deferred' | 'done' | 'to_approve';
export type FolderCounts = Omit<Schemas['InboxFolders'], 'folders'>;
/** A folder of the desk's own, as the rail shows it; no count where none is to be shown. */
export type OwnFolder = Schemas['InboxFolder'];
/** One that every desk has, or the id of one of the desk's own. */
export type FolderRef = FolderName | (Id & {});

export type Session = Schemas['Session'];
/** What is left to do for whoever signs in with a second factor. */
export type SecondStep = Schemas['SecondStep'];
export type Permission = Schemas['Permission'];
/** How one has the console look. */
export type Profile = Schemas['ConsoleProfile'];
/** How one is told of what happens. */
export type Signals = Schemas['ConsoleSignals'];
/** Something that happened to a conversation of one's own. */
export type Notification = Schemas['Notification'];

/** A window of a list. */
export type Page<R> = Omit<Schemas['TagPage'], 'records'> & { records: R[] };

export type Owner = Schemas['Owner'];
export type RowIntervention = Schemas['RowIntervention'];
export type ThreadRow = Schemas['InboxRow'];
/** What I have read of a conversation, and what is marked for me. */
export type Read = Schemas['ThreadRead'];
export type Line = Schemas['ThreadLine'];
/** Of a file, as a conversation and an upload have it. */
export type Attachment = Schemas['Attachment'];
export type ContentView = Schemas['ContentView'];
export type Comment = Schemas['CommentView'];
/** A user or a team that a comment mentions. */
export type Mention = Schemas['CommentMention'];
export type Intervention = Schemas['InterventionView'];
/** What a conversation shows of its customer; every other answer about an identity has the same and more. */
/** Elsewhere than in a conversation nobody tells what they gave there, which addresses do not work, nor whether they are blocked. */
export type Customer = Omit<Schemas['CustomerView'], InThread> & Partial<Pick<Schemas['CustomerView'], InThread>>;
type InThread = 'given_email' | 'dead_addresses' | 'blocked';
/** An identity with the person that it belongs to. */
export type Person = Schemas['KnownIdentity'];
export type IdentityGroup = Schemas['IdentityGroup'];
export type KeptDraft = Schemas['Draft'];
export type ThreadDetail = Schemas['InboxThread'];
/** A customer with all that is known of them. */
export type CustomerProfile = Schemas['CustomerProfile'];
export type ListedCustomer = Schemas['ListedCustomer'];
/** What a conversation and the page of a customer both tell of one. */
export type AboutPerson = Pick<ThreadDetail, 'identity' | 'identity_group' | 'custom_fields'> & { can: Pick<ThreadDetail['can'], 'merge'> };
export type VisitPage = Schemas['VisitPage'];
/** A visitor whose chat is connected. */
export type VisitorOnSite = Schemas['VisitorOnSite'];
export type Viewer = Schemas['Viewer'];

/** What a composer of mails is told: who may get it, what stands below, what can be sent. */
export type MailOffer = Schemas['MailComposer'];
/** What a content has that is a mail. */
export type MailFacts = Schemas['MailFacts'];

/** From where conversations can be begun by mail. */
export interface Mailbox {
  id: Id;
  name: string;
  address: string | null;
  /** Formatted text may be written there. */
  formats: boolean;
}

export type AgentStatus = Schemas['AgentStatus'];
export type Channel = Schemas['Channel'];
export type PresenceStatus = Schemas['PresenceStatus'];
export type UserCapacity = Schemas['UserCapacity'];
export type Category = Schemas['Category'];
export type Tag = Schemas['Tag'];
export type User = Schemas['User'];
/** Each permission is a field of its own, true or false. */
export type Role = Schemas['Role'];
export type Team = Schemas['Team'];
export type CustomField = Schemas['CustomField'];
export type MessagingTrigger = Schemas['MessagingTrigger'];
export type MessagingItem = Schemas['MessagingItem'];
export type MessagingVariable = Schemas['MessagingVariable'];
export type EmailTemplate = Schemas['MessagingEmailTemplate'];
export type EmailBasis = Schemas['MessagingEmailBasis'];
export type TimeSheet = Schemas['TimeSheet'];
export type Folder = Schemas['Folder'];
export type Restriction = Schemas['Restriction'];
export type ReplyGroup = Schemas['ReplyGroup'];
export type ReplyEntry = Schemas['ReplyEntry'];
export type ReplyVersion = Schemas['ReplyVersion'];
export type Suggestion = Schemas['ReplySuggestion'];
export type Settings = Schemas['Settings'];
export type Source = Schemas['Source'];
export type SourceState = Schemas['SourceState'];
export type SourceHealthReport = Schemas['SourceHealthReport'];
export type SourceTest = Schemas['SourceTest'];
export type ParkedItem = Schemas['ParkedItem'];
export type AdministrationChange = Schemas['AdministrationChange'];
export type Community = Schemas['Community'];
export type AccessToken = Schemas['AccessToken'];
export type Webhook = Schemas['Webhook'];
export type Delivery = Schemas['Delivery'];
export type DeliveryState = Schemas['DeliveryState'];
export type DeliveryDetail = Schemas['DeliveryDetail'];

/** What a socket says to the console. */
export type Frame = Schemas['AgentTold'];
/** What the console says to its socket. */
export type SaidFrame = Schemas['AgentSaid'];

export type Mail = Schemas['MailDelivery'];
export type MailSender = Schemas['MailSender'];
