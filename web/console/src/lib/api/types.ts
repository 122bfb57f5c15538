/**
 * What the server answers, under the names that the console has for it. All of it comes from the server's document
 * (`web/api`); what is written out here is the console's own.
 */
import type { Schemas } from '../../../../api';

export type Id = string;

export type FolderName = 'new' | 'mine' | 'everyone' | 'closed' | 'to_approve';
export type FolderCounts = Omit<Schemas['InboxFolders'], 'folders'>;
/** A folder of the desk's own, as the rail shows it; no count where none is to be shown. */
export type OwnFolder = Schemas['InboxFolder'];
/** One that every desk has, or the id of one of the desk's own. */
export type FolderRef = FolderName | (Id & {});

export type Session = Schemas['Session'];
export type Permission = Schemas['Permission'];

/** A window of a list. */
export type Page<R> = Omit<Schemas['TagPage'], 'records'> & { records: R[] };

export type Owner = Schemas['Owner'];
export type RowIntervention = Schemas['RowIntervention'];
export type ThreadRow = Schemas['InboxRow'];
export type Line = Schemas['ThreadLine'];
/** Of a file, as a conversation and an upload have it. */
export type Attachment = Schemas['Attachment'];
export type ContentView = Schemas['ContentView'];
export type Comment = Schemas['CommentView'];
export type Intervention = Schemas['InterventionView'];
/** What a conversation shows of its customer; every other answer about an identity has the same and more. */
export type Customer = Schemas['CustomerView'];
/** An identity with the person that it belongs to. */
export type Person = Schemas['KnownIdentity'];
export type IdentityGroup = Schemas['IdentityGroup'];
export type ThreadDetail = Schemas['InboxThread'];
export type VisitPage = Schemas['VisitPage'];
/** A visitor whose chat is connected. */
export type VisitorOnSite = Schemas['VisitorOnSite'];
export type Viewer = Schemas['Viewer'];

export type AgentStatus = Schemas['AgentStatus'];
export type Channel = Schemas['Channel'];
export type PresenceStatus = Schemas['PresenceStatus'];
export type UserCapacity = Schemas['UserCapacity'];
export type Category = Schemas['Category'];
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
export type Folder = Schemas['Folder'];
export type Restriction = Schemas['Restriction'];
export type ReplyGroup = Schemas['ReplyGroup'];
export type ReplyEntry = Schemas['ReplyEntry'];
export type ReplyVersion = Schemas['ReplyVersion'];
export type Suggestion = Schemas['ReplySuggestion'];
export type Settings = Schemas['Settings'];
export type Source = Schemas['Source'];
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
