/** Made by `make types` out of the document of the API: change the server instead. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Answers: {
            "GET /1.0/access_tokens": components["schemas"]["AccessTokenPage"];
            "POST /1.0/access_tokens": components["schemas"]["AccessToken"];
            "DELETE /1.0/access_tokens/{id}": components["schemas"]["AccessToken"];
            "GET /1.0/access_tokens/{id}": components["schemas"]["AccessToken"];
            "PUT /1.0/access_tokens/{id}": components["schemas"]["AccessToken"];
            "GET /1.0/attachments": components["schemas"]["AttachmentPage"];
            "POST /1.0/attachments": components["schemas"]["Attachment"];
            "GET /1.0/attachments/{id}": components["schemas"]["Attachment"];
            "POST /1.0/bots/complete": components["schemas"]["Success"];
            "POST /1.0/bots/engage": components["schemas"]["Intervention"];
            "POST /1.0/bots/handover": components["schemas"]["Success"];
            "GET /1.0/categories": components["schemas"]["CategoryPage"];
            "POST /1.0/categories": components["schemas"]["Category"];
            "DELETE /1.0/categories/{id}": components["schemas"]["Category"];
            "GET /1.0/categories/{id}": components["schemas"]["Category"];
            "PUT /1.0/categories/{id}": components["schemas"]["Category"];
            "GET /1.0/channels": components["schemas"]["ChannelPage"];
            "POST /1.0/channels": components["schemas"]["Channel"];
            "DELETE /1.0/channels/{id}": components["schemas"]["Channel"];
            "GET /1.0/channels/{id}": components["schemas"]["Channel"];
            "PUT /1.0/channels/{id}": components["schemas"]["Channel"];
            "GET /1.0/communities": components["schemas"]["CommunityPage"];
            "POST /1.0/communities": components["schemas"]["Community"];
            "DELETE /1.0/communities/{id}": components["schemas"]["Community"];
            "GET /1.0/communities/{id}": components["schemas"]["Community"];
            "PUT /1.0/communities/{id}": components["schemas"]["Community"];
            "GET /1.0/communities/{id}/jwt_keys": components["schemas"]["JwtKeyPage"];
            "POST /1.0/communities/{id}/jwt_keys": components["schemas"]["JwtKey"];
            "DELETE /1.0/communities/{id}/jwt_keys/{key_id}": components["schemas"]["JwtKey"];
            "GET /1.0/content_sources": components["schemas"]["SourcePage"];
            "POST /1.0/content_sources": components["schemas"]["Source"];
            "GET /1.0/content_sources/{id}": components["schemas"]["Source"];
            "PUT /1.0/content_sources/{id}": components["schemas"]["Source"];
            "POST /1.0/content_sources/{id}/authorization": components["schemas"]["SourceAuthorization"];
            "PUT /1.0/content_sources/{id}/authorization": components["schemas"]["Source"];
            "PUT /1.0/content_sources/{id}/email_credentials": components["schemas"]["Source"];
            "GET /1.0/content_sources/{id}/health": components["schemas"]["SourceHealthReport"];
            "GET /1.0/content_sources/{id}/mailboxes": components["schemas"]["SourceMailboxes"];
            "GET /1.0/content_sources/{id}/parked_items": components["schemas"]["ParkedItemPage"];
            "DELETE /1.0/content_sources/{id}/parked_items/{item}": components["schemas"]["ParkedItem"];
            "GET /1.0/content_sources/{id}/parked_items/{item}/raw": unknown;
            "PUT /1.0/content_sources/{id}/parked_items/{item}/retry": components["schemas"]["ParkedItem"];
            "POST /1.0/content_sources/{id}/run": components["schemas"]["SourceRunWanted"];
            "POST /1.0/content_sources/{id}/test": components["schemas"]["SourceTest"];
            "GET /1.0/content_threads": components["schemas"]["ThreadPage"];
            "GET /1.0/content_threads/{id}": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/close": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/disable_text_input": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/enable_text_input": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/give_to_bot": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/ignore": components["schemas"]["Thread"];
            "POST /1.0/content_threads/{id}/merge": components["schemas"]["Thread"];
            "GET /1.0/content_threads/{id}/navigation": components["schemas"]["VisitPagePage"];
            "GET /1.0/content_threads/{id}/open": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/open": components["schemas"]["Thread"];
            "POST /1.0/content_threads/{id}/split": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/update_categories": components["schemas"]["Thread"];
            "PUT /1.0/content_threads/{id}/update_tags": components["schemas"]["Thread"];
            "GET /1.0/contents": components["schemas"]["ContentPage"];
            "POST /1.0/contents": components["schemas"]["Content"];
            "GET /1.0/contents/{id}": components["schemas"]["Content"];
            "DELETE /1.0/contents/{id}/actions/{name}": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/actions/{name}": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/approve": components["schemas"]["Content"];
            "GET /1.0/contents/{id}/exports": components["schemas"]["Export"][];
            "PUT /1.0/contents/{id}/forwarded_customer": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/ignore": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/mark_as_sent": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/not_spam": components["schemas"]["Content"];
            "GET /1.0/contents/{id}/pictures": unknown;
            "GET /1.0/contents/{id}/raw": unknown;
            "PUT /1.0/contents/{id}/refuse": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/retry_export": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/update_categories": components["schemas"]["Content"];
            "PUT /1.0/contents/{id}/update_custom_score": components["schemas"]["Content"];
            "GET /1.0/custom_fields": components["schemas"]["CustomFieldPage"];
            "POST /1.0/custom_fields": components["schemas"]["CustomField"];
            "DELETE /1.0/custom_fields/{id}": components["schemas"]["CustomField"];
            "GET /1.0/custom_fields/{id}": components["schemas"]["CustomField"];
            "PUT /1.0/custom_fields/{id}": components["schemas"]["CustomField"];
            "GET /1.0/events": components["schemas"]["EventPage"];
            "GET /1.0/events/journal": components["schemas"]["Passage"];
            "GET /1.0/events/stream": unknown;
            "GET /1.0/events/{id}": components["schemas"]["Event"];
            "GET /1.0/folders": components["schemas"]["FolderPage"];
            "POST /1.0/folders": components["schemas"]["Folder"];
            "DELETE /1.0/folders/{id}": components["schemas"]["Folder"];
            "GET /1.0/folders/{id}": components["schemas"]["Folder"];
            "PUT /1.0/folders/{id}": components["schemas"]["Folder"];
            "GET /1.0/identities": components["schemas"]["IdentityPage"];
            "POST /1.0/identities/import": components["schemas"]["Identity"];
            "DELETE /1.0/identities/{id}": components["schemas"]["Identity"];
            "GET /1.0/identities/{id}": components["schemas"]["Identity"];
            "GET /1.0/identity_groups": components["schemas"]["IdentityGroupPage"];
            "POST /1.0/identity_groups": components["schemas"]["IdentityGroup"];
            "GET /1.0/identity_groups/{id}": components["schemas"]["IdentityGroup"];
            "PUT /1.0/identity_groups/{id}": components["schemas"]["IdentityGroup"];
            "PUT /1.0/identity_groups/{id}/merge": components["schemas"]["IdentityGroup"];
            "PUT /1.0/identity_groups/{id}/unmerge": components["schemas"]["IdentityGroup"];
            "GET /1.0/interface_locales": components["schemas"]["UiLocale"][];
            "GET /1.0/intervention_comments": components["schemas"]["InterventionCommentPage"];
            "POST /1.0/intervention_comments": components["schemas"]["InterventionComment"];
            "DELETE /1.0/intervention_comments/{id}": components["schemas"]["InterventionComment"];
            "GET /1.0/intervention_comments/{id}": components["schemas"]["InterventionComment"];
            "GET /1.0/interventions": components["schemas"]["InterventionPage"];
            "POST /1.0/interventions": components["schemas"]["Intervention"];
            "GET /1.0/interventions/{id}": components["schemas"]["Intervention"];
            "PUT /1.0/interventions/{id}": components["schemas"]["Intervention"];
            "DELETE /1.0/interventions/{id}/cancel": components["schemas"]["Intervention"];
            "PUT /1.0/interventions/{id}/close": components["schemas"]["Intervention"];
            "PUT /1.0/interventions/{id}/defer": components["schemas"]["Intervention"];
            "PUT /1.0/interventions/{id}/reassign": components["schemas"]["Intervention"];
            "PUT /1.0/interventions/{id}/update_categories": components["schemas"]["Intervention"];
            "GET /1.0/locales": components["schemas"]["Locale"][];
            "GET /1.0/mail_deliveries": components["schemas"]["MailDeliveryPage"];
            "GET /1.0/mail_deliveries/sender": components["schemas"]["MailSender"];
            "POST /1.0/mail_deliveries/test": components["schemas"]["MailDelivery"];
            "GET /1.0/mail_deliveries/{id}": components["schemas"]["MailDelivery"];
            "PUT /1.0/mail_deliveries/{id}/resend": components["schemas"]["MailDelivery"];
            "GET /1.0/messaging_email_templates": components["schemas"]["MessagingEmailTemplatePage"];
            "POST /1.0/messaging_email_templates": components["schemas"]["MessagingEmailTemplate"];
            "GET /1.0/messaging_email_templates/basis": components["schemas"]["MessagingEmailBasis"];
            "POST /1.0/messaging_email_templates/preview": components["schemas"]["MessagingEmailPreview"];
            "POST /1.0/messaging_email_templates/test": components["schemas"]["MailDelivery"];
            "DELETE /1.0/messaging_email_templates/{id}": components["schemas"]["MessagingEmailTemplate"];
            "GET /1.0/messaging_email_templates/{id}": components["schemas"]["MessagingEmailTemplate"];
            "PUT /1.0/messaging_email_templates/{id}": components["schemas"]["MessagingEmailTemplate"];
            "GET /1.0/messaging_items": components["schemas"]["MessagingItemPage"];
            "POST /1.0/messaging_items": components["schemas"]["MessagingItem"];
            "PUT /1.0/messaging_items/sort": components["schemas"]["MessagingItem"][];
            "DELETE /1.0/messaging_items/{id}": components["schemas"]["MessagingItem"];
            "GET /1.0/messaging_items/{id}": components["schemas"]["MessagingItem"];
            "PUT /1.0/messaging_items/{id}": components["schemas"]["MessagingItem"];
            "GET /1.0/messaging_triggers": components["schemas"]["MessagingTriggerPage"];
            "POST /1.0/messaging_triggers": components["schemas"]["MessagingTrigger"];
            "PUT /1.0/messaging_triggers/sort": components["schemas"]["MessagingTrigger"][];
            "DELETE /1.0/messaging_triggers/{id}": components["schemas"]["MessagingTrigger"];
            "GET /1.0/messaging_triggers/{id}": components["schemas"]["MessagingTrigger"];
            "PUT /1.0/messaging_triggers/{id}": components["schemas"]["MessagingTrigger"];
            "GET /1.0/messaging_variables": components["schemas"]["MessagingVariablePage"];
            "POST /1.0/messaging_variables": components["schemas"]["MessagingVariable"];
            "PUT /1.0/messaging_variables/sort": components["schemas"]["MessagingVariable"][];
            "DELETE /1.0/messaging_variables/{id}": components["schemas"]["MessagingVariable"];
            "GET /1.0/messaging_variables/{id}": components["schemas"]["MessagingVariable"];
            "PUT /1.0/messaging_variables/{id}": components["schemas"]["MessagingVariable"];
            "GET /1.0/presence_status": components["schemas"]["PresenceStatusPage"];
            "POST /1.0/presence_status": components["schemas"]["PresenceStatus"];
            "DELETE /1.0/presence_status/{id}": components["schemas"]["PresenceStatus"];
            "GET /1.0/presence_status/{id}": components["schemas"]["PresenceStatus"];
            "PUT /1.0/presence_status/{id}": components["schemas"]["PresenceStatus"];
            "GET /1.0/reply_assistant/entries": components["schemas"]["ReplyEntryPage"];
            "POST /1.0/reply_assistant/entries": components["schemas"]["ReplyEntry"];
            "DELETE /1.0/reply_assistant/entries/{id}": components["schemas"]["ReplyEntry"];
            "GET /1.0/reply_assistant/entries/{id}": components["schemas"]["ReplyEntry"];
            "PUT /1.0/reply_assistant/entries/{id}": components["schemas"]["ReplyEntry"];
            "GET /1.0/reply_assistant/groups": components["schemas"]["ReplyGroupPage"];
            "POST /1.0/reply_assistant/groups": components["schemas"]["ReplyGroup"];
            "DELETE /1.0/reply_assistant/groups/{id}": components["schemas"]["ReplyGroup"];
            "GET /1.0/reply_assistant/groups/{id}": components["schemas"]["ReplyGroup"];
            "PUT /1.0/reply_assistant/groups/{id}": components["schemas"]["ReplyGroup"];
            "GET /1.0/reply_assistant/suggestions": components["schemas"]["ReplySuggestion"][];
            "GET /1.0/reply_assistant/versions": components["schemas"]["ReplyVersionPage"];
            "POST /1.0/reply_assistant/versions": components["schemas"]["ReplyVersion"];
            "DELETE /1.0/reply_assistant/versions/{id}": components["schemas"]["ReplyVersion"];
            "GET /1.0/reply_assistant/versions/{id}": components["schemas"]["ReplyVersion"];
            "PUT /1.0/reply_assistant/versions/{id}": components["schemas"]["ReplyVersion"];
            "GET /1.0/reply_assistant/versions/{id}/render": components["schemas"]["RenderedReply"];
            "GET /1.0/roles": components["schemas"]["RolePage"];
            "POST /1.0/roles": components["schemas"]["Role"];
            "DELETE /1.0/roles/{id}": components["schemas"]["Role"];
            "GET /1.0/roles/{id}": components["schemas"]["Role"];
            "PUT /1.0/roles/{id}": components["schemas"]["Role"];
            "GET /1.0/settings": components["schemas"]["Settings"];
            "PUT /1.0/settings": components["schemas"]["Settings"];
            "GET /1.0/status": components["schemas"]["AgentStatus"][];
            "GET /1.0/status/{id}": components["schemas"]["AgentStatus"];
            "PUT /1.0/status/{id}": components["schemas"]["AgentStatus"];
            "GET /1.0/survey_responses/{id}": components["schemas"]["SurveyResponse"];
            "GET /1.0/surveys": components["schemas"]["SurveyPage"];
            "POST /1.0/surveys": components["schemas"]["Survey"];
            "DELETE /1.0/surveys/{id}": components["schemas"]["Survey"];
            "GET /1.0/surveys/{id}": components["schemas"]["Survey"];
            "PUT /1.0/surveys/{id}": components["schemas"]["Survey"];
            "GET /1.0/tags": components["schemas"]["TagPage"];
            "POST /1.0/tags": components["schemas"]["Tag"];
            "DELETE /1.0/tags/{id}": components["schemas"]["Tag"];
            "GET /1.0/tags/{id}": components["schemas"]["Tag"];
            "PUT /1.0/tags/{id}": components["schemas"]["Tag"];
            "GET /1.0/teams": components["schemas"]["TeamPage"];
            "POST /1.0/teams": components["schemas"]["Team"];
            "DELETE /1.0/teams/{id}": components["schemas"]["Team"];
            "GET /1.0/teams/{id}": components["schemas"]["Team"];
            "PUT /1.0/teams/{id}": components["schemas"]["Team"];
            "GET /1.0/time_sheets": components["schemas"]["TimeSheetPage"];
            "POST /1.0/time_sheets": components["schemas"]["TimeSheet"];
            "DELETE /1.0/time_sheets/{id}": components["schemas"]["TimeSheet"];
            "GET /1.0/time_sheets/{id}": components["schemas"]["TimeSheet"];
            "PUT /1.0/time_sheets/{id}": components["schemas"]["TimeSheet"];
            "GET /1.0/timezones": components["schemas"]["Timezone"][];
            "GET /1.0/user_capacities": components["schemas"]["UserCapacityPage"];
            "POST /1.0/user_capacities": components["schemas"]["UserCapacity"];
            "DELETE /1.0/user_capacities/{id}": components["schemas"]["UserCapacity"];
            "GET /1.0/user_capacities/{id}": components["schemas"]["UserCapacity"];
            "PUT /1.0/user_capacities/{id}": components["schemas"]["UserCapacity"];
            "GET /1.0/users": components["schemas"]["UserPage"];
            "POST /1.0/users": components["schemas"]["User"];
            "POST /1.0/users/invite": components["schemas"]["User"];
            "GET /1.0/users/me": components["schemas"]["User"];
            "DELETE /1.0/users/{id}": components["schemas"]["User"];
            "GET /1.0/users/{id}": components["schemas"]["User"];
            "PUT /1.0/users/{id}": components["schemas"]["User"];
            "DELETE /1.0/users/{id}/second_factor": unknown;
            "GET /1.0/users/{id}/signatures": components["schemas"]["SignaturePage"];
            "POST /1.0/users/{id}/signatures": components["schemas"]["Signature"];
            "DELETE /1.0/users/{id}/signatures/{signature_id}": components["schemas"]["Signature"];
            "GET /1.0/users/{id}/signatures/{signature_id}": components["schemas"]["Signature"];
            "PUT /1.0/users/{id}/signatures/{signature_id}": components["schemas"]["Signature"];
            "GET /1.0/users/{id}/sources_permissions": {
                [key: string]: components["schemas"]["SourcePermission"][];
            };
            "PUT /1.0/users/{id}/sources_permissions": {
                [key: string]: components["schemas"]["SourcePermission"][];
            };
            "GET /1.0/webhooks": components["schemas"]["WebhookPage"];
            "POST /1.0/webhooks": components["schemas"]["Webhook"];
            "GET /1.0/webhooks/events": components["schemas"]["Events"];
            "DELETE /1.0/webhooks/{id}": components["schemas"]["Webhook"];
            "GET /1.0/webhooks/{id}": components["schemas"]["Webhook"];
            "PUT /1.0/webhooks/{id}": components["schemas"]["Webhook"];
            "GET /1.0/webhooks/{id}/deliveries": components["schemas"]["DeliveryPage"];
            "GET /1.0/webhooks/{id}/deliveries/{delivery_id}": components["schemas"]["DeliveryDetail"];
            "PUT /1.0/webhooks/{id}/deliveries/{delivery_id}/resend": components["schemas"]["DeliveryDetail"];
            "PUT /1.0/webhooks/{id}/replay": components["schemas"]["Webhook"];
            "PUT /1.0/webhooks/{id}/resend": components["schemas"]["Resent"];
            "PUT /1.0/webhooks/{id}/verify": components["schemas"]["Webhook"];
            "POST /chat/{token}/attachments": components["schemas"]["ChatFile"];
            "POST /chat/{token}/availability": components["schemas"]["ChatAvailability"];
            "GET /chat/{token}/config": components["schemas"]["ChatConfig"];
            "POST /chat/{token}/email": components["schemas"]["ChatEmail"];
            "POST /chat/{token}/forget": components["schemas"]["ChatForgotten"];
            "POST /chat/{token}/messages": components["schemas"]["ChatWritten"];
            "GET /chat/{token}/messages/{id}": components["schemas"]["ChatTexts"];
            "POST /chat/{token}/session": components["schemas"]["ChatSession"];
            "GET /chat/{token}/socket": unknown;
            "GET /chat/{token}/targeting": components["schemas"]["ChatTargeting"];
            "GET /chat/{token}/threads": components["schemas"]["ChatThreads"];
            "POST /chat/{token}/threads/{id}/end": components["schemas"]["ChatThread"];
            "GET /chat/{token}/threads/{id}/messages": components["schemas"]["ChatMessages"];
            "POST /chat/{token}/threads/{id}/read": components["schemas"]["ChatThread"];
            "GET /chat/{token}/unread": components["schemas"]["ChatUnread"];
            "POST /console/acts/{id}/undo": components["schemas"]["ActUndone"];
            "GET /console/attention": components["schemas"]["InboxAttentions"];
            "GET /console/blocks": components["schemas"]["AuthorBlockPage"];
            "POST /console/blocks": components["schemas"]["AuthorBlock"];
            "DELETE /console/blocks/{id}": components["schemas"]["AuthorBlock"];
            "POST /console/bulk": components["schemas"]["BulkDone"];
            "POST /console/bulk/{id}/undo": components["schemas"]["BulkUndone"];
            "GET /console/changes": components["schemas"]["AdministrationChangePage"];
            "GET /console/changes.csv": unknown;
            "DELETE /console/comments/{id}": unknown;
            "GET /console/customers": components["schemas"]["CustomerPage"];
            "GET /console/customers/{id}": components["schemas"]["CustomerProfile"];
            "GET /console/dead_addresses": components["schemas"]["DeadAddresses"];
            "GET /console/drafts": components["schemas"]["Drafts"];
            "GET /console/figures": components["schemas"]["FiguresOfDays"];
            "GET /console/figures/threads": components["schemas"]["CountedThreads"];
            "GET /console/folders": components["schemas"]["InboxFolders"];
            "POST /console/invitation": components["schemas"]["Accepted"];
            "GET /console/mail_composer": components["schemas"]["MailComposer"];
            "GET /console/notifications": components["schemas"]["Notifications"];
            "POST /console/notifications/seen": components["schemas"]["NotificationsSeen"];
            "PUT /console/password": components["schemas"]["Session"];
            "POST /console/password/forgotten": unknown;
            "POST /console/password/recovered": components["schemas"]["Recovered"];
            "GET /console/people": components["schemas"]["KnownIdentity"][];
            "GET /console/people.csv": unknown;
            "POST /console/people/import": components["schemas"]["ImportedPeople"];
            "PUT /console/people/{id}/merge": components["schemas"]["IdentityGroup"];
            "PUT /console/people/{id}/not_same": unknown;
            "GET /console/profile": components["schemas"]["ConsoleProfile"];
            "PUT /console/profile": components["schemas"]["ConsoleProfile"];
            "PUT /console/profile/notifications": components["schemas"]["ConsoleProfile"];
            "DELETE /console/profile/picture": components["schemas"]["OwnPicture"];
            "GET /console/profile/picture": components["schemas"]["OwnPicture"];
            "PUT /console/profile/picture": components["schemas"]["OwnPicture"];
            "GET /console/second_factor": components["schemas"]["SecondFactor"];
            "POST /console/second_factor": components["schemas"]["SecondFactorSetUp"];
            "POST /console/second_factor/code": components["schemas"]["RecoveryCodes"];
            "POST /console/second_factor/off": components["schemas"]["SecondFactor"];
            "POST /console/second_factor/on": components["schemas"]["SecondFactor"];
            "POST /console/second_factor/recovery_codes": components["schemas"]["RecoveryCodes"];
            "DELETE /console/session": unknown;
            "GET /console/session": components["schemas"]["Session"];
            "POST /console/session": components["schemas"]["SignIn"];
            "POST /console/session/code": components["schemas"]["Session"];
            "DELETE /console/sessions": unknown;
            "GET /console/sessions": components["schemas"]["OwnSessions"];
            "DELETE /console/sessions/{id}": unknown;
            "GET /console/socket": unknown;
            "GET /console/threads": components["schemas"]["InboxPage"];
            "GET /console/threads/{id}": components["schemas"]["InboxThread"];
            "POST /console/threads/{id}/ask_email": components["schemas"]["Success"];
            "GET /console/threads/{id}/callable": components["schemas"]["Callables"];
            "POST /console/threads/{id}/comments": components["schemas"]["WrittenComment"];
            "POST /console/threads/{id}/done": components["schemas"]["Success"];
            "PUT /console/threads/{id}/draft": components["schemas"]["DraftKept"];
            "POST /console/threads/{id}/let_go": components["schemas"]["Success"];
            "POST /console/threads/{id}/read": components["schemas"]["ThreadRead"];
            "POST /console/threads/{id}/unread": components["schemas"]["ThreadRead"];
            "GET /console/visitors": components["schemas"]["VisitorOnSitePage"];
            "POST /console/visitors/{id}/invitation": components["schemas"]["BegunConversation"];
        };
        /** @description Who has accepted an invitation. */
        Accepted: {
            /** @description An e-mail address: mails from it, and whoever is known by it. */
            email: string;
            /** @description Its id. */
            id: string;
        };
        /** @description An access token as the API shows it. */
        AccessToken: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether it may be used. */
            enabled: boolean;
            /** @description Its id. */
            id: string;
            /** @description What it is for. */
            label: string;
            /** @description The token itself, in the answer to its making alone. */
            token: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Whose it is: the caller's when it is left out. For another user it takes `manage_api_access_tokens`. */
            user_id: string;
        };
        /** @description A window of a list. */
        AccessTokenPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["AccessToken"][];
        };
        /** @description How an act was taken back. */
        ActUndone: {
            /** @description Whether nothing was changed, since it was so already: its customer has written, or somebody has done the same. */
            already: boolean;
            /** @description Whether the customer was asked how it was before that could be taken back. */
            survey_sent: boolean;
            /** @description Its thread. */
            thread_id: string;
        };
        /** @description A change of the administration. */
        AdministrationChange: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /**
             * @description What was done with it.
             * @enum {string}
             */
            change: "created" | "updated" | "deleted";
            /** @description Its id. */
            id: string;
            /** @description What kind of thing. */
            kind: string;
            /** @description How it is called now; null when it is gone, or has no name. */
            name: string | null;
            /** @description Which one. */
            resource_id: string;
            /** @description Who; null where the server did it by itself. */
            user_id: string | null;
            /** @description How they are called. */
            user_name: string | null;
        };
        /** @description A window of a list. */
        AdministrationChangePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["AdministrationChange"][];
        };
        /** @description What the console says. */
        AgentSaid: {
            /**
             * Format: int64
             * @description The last position that it has; none when it begins.
             */
            position?: number | null;
            /**
             * @description The timeline of that, as it was told; none for the one that is now.
             * @default null
             */
            timeline?: string | null;
            /** @constant */
            type: "hello";
        } | {
            /** @description The thread it is on. */
            thread_id?: string | null;
            /** @constant */
            type: "viewing";
        } | {
            /** @description Whether they do. */
            on: boolean;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "typing";
        } | {
            /** @description The browser, by a name that it has made for itself; forty characters at the most. */
            device: string;
            /** @constant */
            type: "active";
        } | {
            /** @constant */
            type: "ping";
        };
        /** @description An agent's status as the API shows it. */
        AgentStatus: {
            /** @description The agent. */
            agent_id: string;
            /** @description What the agent does on each channel. */
            channels: components["schemas"]["StatusChannel"][];
            /** @description Why they are away; null when they gave no reason. */
            custom_status: components["schemas"]["CustomStatus"] | null;
        };
        /** @description What the console is told. */
        AgentTold: {
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The timeline that positions are of: a server that was restored from a backup has another one. */
            timeline: string;
            /** @constant */
            type: "welcome";
        } | {
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The timeline that positions are of. */
            timeline: string;
            /** @constant */
            type: "reload";
        } | {
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @constant */
            type: "pong";
        } | {
            /** @description What happened. */
            event: components["schemas"]["ConsoleEvent"];
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The thread as it is now; null for what is of no thread. */
            thread: components["schemas"]["InboxRow"] | null;
            /** @constant */
            type: "event";
        } | {
            /** @description Whether it is marked for them, read or not. */
            marked: boolean;
            /** @description Whether that is because somebody has mentioned them. */
            mentioned: boolean;
            /**
             * Format: int64
             * @description The place up to which they have read it.
             */
            read_ordinal: number;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "mine";
        } | {
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "draft";
            /**
             * Format: int64
             * @description Its version; null when there is nothing any more.
             */
            version: number | null;
        } | {
            /** @constant */
            type: "noted";
            /**
             * Format: int64
             * @description How many of these they have not seen.
             */
            unseen: number;
        } | {
            /** @description The browser, by the name that it has made for itself. */
            device: string;
            /** @constant */
            type: "active";
        } | {
            /**
             * Format: int64
             * @description Threads that are put aside.
             */
            deferred: number;
            /**
             * Format: int64
             * @description Threads that wait for the caller.
             */
            mine: number;
            /**
             * Format: int64
             * @description Threads that the caller has.
             */
            mine_all: number;
            /**
             * Format: int64
             * @description Those of the caller with something that they have not read.
             */
            mine_unread: number;
            /**
             * Format: int64
             * @description Threads that wait for somebody or that somebody has.
             */
            open: number;
            /**
             * Format: int64
             * @description Threads with contents that wait for approval; 0 for those who may not approve.
             */
            to_approve: number;
            /** @constant */
            type: "counts";
            /**
             * Format: int64
             * @description Threads that wait for somebody.
             */
            unassigned: number;
        } | {
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "viewers";
            /** @description All of them. */
            users: components["schemas"]["Viewer"][];
        } | {
            /** @description Whether they do. */
            on: boolean;
            /** @description What they have written so far; null when it is not told. */
            preview: string | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "typing";
        } | {
            /** @description The customer. */
            identity_id: string;
            /** @constant */
            type: "page";
        } | {
            /** @description Which; null where they are many. */
            identity_ids: string[] | null;
            /** @description Its source. */
            source_id: string;
            /** @constant */
            type: "visitors";
        };
        /** @description Another conversation, of another mailbox, that has the same mail. */
        AlsoIn: {
            /** @description The mailbox. */
            source_id: string;
            /** @description The conversation. */
            thread_id: string;
        };
        /** @description What became of a content that had to wait for approval: an extension. */
        Approval: {
            /**
             * Format: date-time
             * @description When it was approved or refused.
             */
            decided_at: string | null;
            /** @description By whom. */
            decided_by: string | null;
            /** @description Why it was refused. */
            reason: string | null;
            /** @description `waiting` or `refused`; an approved content is like any other. */
            state: components["schemas"]["ApprovalState"];
            /** @description Who wrote it. */
            user_id: string;
        };
        /**
         * @description Where the approval of a content stands.
         * @enum {string}
         */
        ApprovalState: "waiting" | "approved" | "refused";
        /**
         * @description What a custom field belongs to.
         * @enum {string}
         */
        AssociatedType: "IdentityGroup" | "Intervention";
        /** @description An attachment as the API shows it. */
        Attachment: {
            /** @description The media type. */
            content_type: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether it stands inside of the text. */
            embed: boolean;
            /** @description The name that it was uploaded under. */
            filename: string;
            /** @description The id that the source knows it by. */
            foreign_id: string | null;
            /** @description Its id. */
            id: string;
            /** @description Whether its address works for everybody and for ever. */
            "public?": boolean;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Where to get it: the address works for a week, and each answer has a new one. */
            url: string;
            /** @description What is known of a video. Always null: nothing is looked for. */
            video_metadata: string[];
        };
        /** @description A window of a list. */
        AttachmentPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Attachment"][];
        };
        /** @description Whose words are kept out, or were. */
        AuthorBlock: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The e-mail address. */
            email: string | null;
            /** @description Whether it keeps words out now. */
            holds: boolean;
            /** @description Its id. */
            id: string;
            /** @description The customer's identity. */
            identity_id: string | null;
            /** @description How the customer is called. */
            identity_name: string | null;
            /** @description What is blocked: a customer with all their identities, an e-mail address, or a network. */
            kind: components["schemas"]["BlockKind"];
            /**
             * Format: date-time
             * @description When the last one was.
             */
            last_refused_at: string | null;
            /**
             * Format: date-time
             * @description When it was taken back, or was over.
             */
            lifted_at: string | null;
            /** @description Who has taken it back; null where its time was over. */
            lifted_by_id: string | null;
            /** @description How they are called. */
            lifted_by_name: string | null;
            /** @description The network. */
            network: string | null;
            /** @description Why. */
            reason: string | null;
            /**
             * Format: int64
             * @description How many it has kept out.
             */
            refused_count: number;
            /**
             * Format: date-time
             * @description Until when; null for as long as nobody takes it back.
             */
            until: string | null;
            /** @description Who has blocked. */
            user_id: string;
            /** @description How they are called. */
            user_name: string | null;
        };
        /** @description A window of a list. */
        AuthorBlockPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["AuthorBlock"][];
        };
        /**
         * @description Whether an agent takes work on a channel.
         * @enum {string}
         */
        Availability: "available" | "away";
        /** @description A conversation that an agent has begun. */
        BegunConversation: {
            /** @description The conversation. */
            thread_id: string;
        };
        /**
         * @description Whose words a block keeps out.
         * @enum {string}
         */
        BlockKind: "identity" | "email" | "network";
        /**
         * @description The format in which a body was written.
         * @enum {string}
         */
        BodyFormat: "text" | "html";
        /** @description What was done to several threads. */
        BulkDone: {
            /** @description Those to which it was done. */
            done: string[];
            /** @description Those of them of which it cannot be taken back, or nothing was changed. */
            fixed: string[];
            /** @description Those to which it was not done. */
            refused: components["schemas"]["BulkRefusal"][];
        };
        /** @description A thread to which something was not done, and why: as the refusal of a single request would be. */
        BulkRefusal: {
            /** @description The refusal, with `error`, `message` and `status`. */
            refusal: {
                [key: string]: unknown;
            };
            /** @description The thread it is on. */
            thread_id: string;
        };
        /** @description How far something that was done to several threads was taken back. */
        BulkUndone: {
            /** @description Those of which it was not, and why. */
            kept: components["schemas"]["BulkRefusal"][];
            /** @description There are more: the same request goes on with them. */
            more: boolean;
            /** @description Those of `undone` whose customer was asked how it was before that could be taken back. */
            surveyed: string[];
            /** @description Those of which it was. */
            undone: string[];
        };
        /**
         * @description How much work an agent has on a channel.
         * @enum {string}
         */
        Busyness: "unoccupied" | "ok" | "busy" | "full";
        /** @description Somebody who can be mentioned. */
        Callable: {
            /** @description The address of a user; null for a team. */
            email: string | null;
            /** @description The id of a user or a team. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description Whether it is a team. */
            team: boolean;
        };
        /** @description Those who can be mentioned in a comment on a thread. */
        Callables: {
            /** @description Who has had to do with the thread stands first, the last one ahead; then the others by their names. */
            records: components["schemas"]["Callable"][];
        };
        /** @description A category as the API shows it. */
        Category: {
            /**
             * Format: int64
             * @description Its colour by number.
             */
            color: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Whether one of its children must be chosen. For roots. */
            mandatory: boolean;
            /** @description Whether several of its children may be chosen. For roots. */
            multiple: boolean;
            /** @description Its name. */
            name: string;
            /** @description The category above it; empty for a root. */
            parent_id: string | null;
            /** @description Whether it is asked for when a case is closed. For roots. */
            post_qualification: boolean;
            /** @description The sources that it is for; all when empty. */
            source_ids: string[];
            /** @description Whether it only groups others and cannot be chosen. */
            unselectable: boolean;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        CategoryPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Category"][];
        };
        /** @description A channel as the API shows it. */
        Channel: {
            /**
             * Format: int64
             * @description Seconds an agent has for a task. Null until tasks are routed.
             */
            agent_sla: number | null;
            /**
             * Format: int64
             * @description When to warn of it, in percent. 0 until tasks are routed.
             */
            agent_sla_threshold: number;
            /** @description Categories of tasks that end by themselves. Empty until tasks are routed. */
            auto_complete_category_ids: string[];
            /** @description Whether who joins begins away: an extension. */
            away_by_default: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: int64
             * @description How many tasks an agent can have at most. Null until tasks are routed.
             */
            hard_capability: number;
            /** @description Its id. */
            id: string;
            /** @description The same as `name`: an extension. */
            label: string;
            /** @description Its name. No two channels have the same. */
            name: string;
            /**
             * Format: int64
             * @description How long a customer waits for an agent who is there: an extension.
             */
            silent_timeout_seconds: number | null;
            /**
             * Format: int64
             * @description How many tasks an agent is given. Null until tasks are routed.
             */
            soft_capability: number;
            /** @description The sources that it has, of those that one may read. A source has one channel at the most: it leaves the one that it had, and what is not named has none. */
            source_ids: string[];
            /**
             * Format: int64
             * @description After how many seconds a task ends by itself. Null until tasks are routed.
             */
            task_auto_complete_seconds: number | null;
            /**
             * Format: int64
             * @description After how many seconds a task goes to somebody else. Null until tasks are routed.
             */
            task_timeout_seconds: number | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description How much a user takes on a channel. */
        ChannelCapacity: {
            /**
             * Format: int64
             * @description With so many of its conversations the user is busy.
             */
            default_capacity: number;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description With so many they take no more.
             */
            max_capacity: number;
        };
        /** @description A window of a list. */
        ChannelPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Channel"][];
        };
        /** @description Who has a live chat, as its visitor sees them. */
        ChatAgent: {
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description Its name. */
            name: string | null;
        };
        /** @description Which files a visitor may send. */
        ChatAttachments: {
            /** @description The endings of their names. */
            extensions: string[];
            /**
             * Format: uint
             * @description The size of the largest.
             */
            max_bytes: number;
        };
        /** @description An automatic message. */
        ChatAutomaticMessage: {
            /** @description What it says, by language. */
            body: {
                [key: string]: string;
            };
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
        };
        /** @description Whether agents are free. */
        ChatAvailability: {
            /**
             * Format: int64
             * @description In how many seconds that visitor may be served; null where that cannot be said, or is not shown.
             */
            estimated_wait_seconds: number | null;
            /**
             * Format: int64
             * @description The place in the line of a visitor who waits in a live chat, from 1; null for anybody else, and where it is not shown.
             */
            position: number | null;
            /**
             * Format: uint8
             * @description 1 when one more conversation would find somebody, else 0.
             */
            probability: number;
        };
        /** @description The chat's own button, where a page needs no more than that. */
        ChatBuiltIn: {
            /** @description The button. */
            item: components["schemas"]["ChatBuiltInItem"];
            /** @description The trigger that shows it. */
            trigger: components["schemas"]["ChatBuiltInTrigger"];
        };
        /** @description The chat's own button. */
        ChatBuiltInItem: {
            /** @description Its id. */
            id: string;
            /** @description Its name, which programs on the page are told. */
            label: string;
        };
        /** @description The trigger that is built in. */
        ChatBuiltInTrigger: {
            /** @description Whether the button is shown. */
            active: boolean;
            /** @description Its id. */
            id: string;
            /** @description Its name, which programs on the page are told. */
            label: string;
        };
        /** @description A button of a card. */
        ChatButton: {
            /** @description What comes back with the answer. */
            payload?: string;
            /** @description What stands on it, and what the visitor says by it. */
            title: string;
            /** @constant */
            type: "reply";
        } | {
            /** @description What stands on it. */
            title: string;
            /** @constant */
            type: "url";
            /** @description Where it leads. */
            url: string;
            /** @description The same for browsers, where `url` is for phones' apps alone. */
            url_fallback?: string;
        };
        /** @description A card of a structured message. */
        ChatCard: {
            /** @description Its buttons. */
            items?: components["schemas"]["ChatButton"][];
            /** @description The address of its picture; null when that is gone. */
            picture?: string | null;
            /** @description The line under it. */
            subtitle?: string;
            /** @description Its heading. */
            title: string;
            /** @description Where it leads. */
            url?: string;
            /** @description The same for browsers, where `url` is for phones' apps alone. */
            url_fallback?: string;
            /** @description What stands for the address. */
            url_text?: string;
        };
        /** @description A choice of a structured message. */
        ChatChoice: {
            /** @description What comes back with the answer. */
            payload?: string;
            /** @description What stands on it, and what the visitor says by it. */
            title: string;
        };
        /** @description What the widget must know before a visitor does anything. */
        ChatConfig: {
            /** @description Which files a visitor may send. */
            attachments: components["schemas"]["ChatAttachments"];
            /** @description The chat's own button, where it is all that is shown. */
            built_in: components["schemas"]["ChatBuiltIn"] | null;
            /** @description Whether anybody can be written to by mail: by the server itself, or from a mailbox. */
            mails: boolean;
            /**
             * Format: uint
             * @description How many characters a message may have.
             */
            max_characters: number;
            /** @description The chat. */
            source: components["schemas"]["ChatSource"];
            /** @description The triggers that decide what is shown; null where the chat's own button is all. */
            targeting: components["schemas"]["ChatTargetingVersion"] | null;
            /** @description The languages that it speaks. */
            texts: components["schemas"]["ChatLanguages"];
            /** @description It changes with the rest, and with nothing else. */
            version: string;
        };
        /** @description What a visitor agrees to before they write; its words are among the texts. */
        ChatConsent: {
            /** @description Where more is said of it. */
            link: string | null;
            /** @description It changes with the words and the link: what a message says that was agreed to. */
            version: string;
        };
        /** @description An address that was taken. */
        ChatEmail: {
            /** @description It was taken. */
            ok: boolean;
        };
        /** @description A file as a visitor sees it. */
        ChatFile: {
            /** @description The media type. */
            content_type: string;
            /** @description The name that it was uploaded under. */
            filename: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            /** @description Where to get it. */
            url: string;
        };
        /** @description A visitor who is forgotten in a browser. */
        ChatForgotten: {
            /** @description They are. */
            ok: boolean;
        };
        /** @description A button or an invitation. */
        ChatItem: {
            /** @description Its style, plain CSS. */
            css: string;
            /** @description Its markup, with `{{key}}` where texts stand. */
            html: string;
            /** @description Its id. */
            id: string;
            /** @description Its name, which programs on the page are told. */
            label: string;
            /** @description Whether it has another dress while no agent is there. */
            offline_support: boolean;
            /** @description Whether it stands over the page, or at the place that the page has for it. */
            positioning: components["schemas"]["Positioning"];
            /**
             * Format: int64
             * @description How many pixels of height the page keeps free for it.
             */
            reserve_height: number | null;
            /** @description The texts in its markup, by language and key. */
            texts: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** @description What it is. */
            type: components["schemas"]["ChatItemKind"];
        };
        /**
         * @description What a trigger of a chat can show.
         * @enum {string}
         */
        ChatItemKind: "button" | "invitation" | "automatic_message";
        /** @description The languages that a chat speaks. */
        ChatLanguages: {
            /** @description Whether English has texts of the source's own. */
            english: boolean;
            /** @description What the chat is called, by language. */
            titles: {
                [key: string]: string;
            };
            /** @description It changes with the texts, and with nothing else. */
            version: string;
        };
        /** @description A message as a visitor sees it. */
        ChatMessage: {
            /** @description Its files. */
            attachments: components["schemas"]["ChatFile"][];
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description Its text. */
            body: string;
            /** @description The id that the visitor's side gave it; null for what is not of that side. */
            client_id: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether it has reached the other side. */
            delivered: boolean;
            /** @description Whose side it is of. */
            from: components["schemas"]["ChatSide"];
            /** @description Its text in HTML, made safe, where it was written so. */
            html: string | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description Its place in the conversation: messages stand in this order, whatever their times.
             */
            ordinal: number;
            /** @description Whether the other side has read it. */
            read: boolean;
            /** @description How the agent is called. */
            sender_name: string | null;
            /** @description Buttons, cards and the like. */
            structured_content: components["schemas"]["ChatStructured"] | null;
            /** @description The thread it is on. */
            thread_id: string;
        };
        /** @description A window of a conversation. */
        ChatMessages: {
            /** @description The messages, oldest first. */
            messages: components["schemas"]["ChatMessage"][];
            /** @description Whether there are older ones. */
            more: boolean;
            /** @description What the visitor is told between them. */
            notices: components["schemas"]["ChatNotice"][];
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description The timeline of that. */
            timeline: string;
        };
        /**
         * @description How the conversations of a chat go.
         * @enum {string}
         */
        ChatMode: "messaging" | "live_chat";
        /** @description What a visitor is told between the messages. */
        ChatNotice: {
            /**
             * Format: int64
             * @description The place of the message that it stands after; null for the end.
             */
            after: number | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /**
             * @description The key of its text.
             * @enum {string}
             */
            key: "connection" | "disconnection" | "queuing_update.transfered" | "request_email.submitted_title" | "request_email.title" | "thread_closure" | "timed_messages.impossible" | "waiting_for_agent";
            /** @description The name in its text. */
            screenname: string | null;
        };
        /** @description How far a chat is from the sides of the window, in pixels. */
        ChatOffset: {
            /**
             * Format: int64
             * @description From the side at which it stands.
             */
            x: number;
            /**
             * Format: int64
             * @description From the bottom.
             */
            y: number;
        };
        /** @description A visit. */
        ChatSession: {
            /** @description The visitor. */
            identity: components["schemas"]["ChatVisitor"];
            /** @description The live chat that has not ended. */
            live: components["schemas"]["ChatThread"] | null;
            /**
             * Format: int64
             * @description How many conversations the visitor may have open; null in a live chat, which is one at a time.
             */
            max_open_conversations: number | null;
            /** @description How the chat's conversations go. */
            mode: components["schemas"]["ChatMode"];
            /**
             * Format: int64
             * @description How many conversations are open.
             */
            open_threads: number;
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description The timeline of that. */
            timeline: string;
            /**
             * Format: int64
             * @description How many messages the visitor has not read.
             */
            unread: number;
            /** @description The visitor's key: what the other requests carry, and the next visit names. */
            visitor: string;
        };
        /**
         * @description Whose side a message of a chat is of.
         * @enum {string}
         */
        ChatSide: "visitor" | "agent";
        /** @description A chat's source as its page sees it. */
        ChatSource: {
            /** @description Whether anything comes in. */
            active: boolean;
            /** @description Whether the browser keeps nothing until the page says that its visitor has allowed it. */
            asks_consent: boolean;
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description Whether they can switch on notices of their browser. */
            browser_notifications: boolean;
            /** @description The colour of the chat. */
            color: string;
            /** @description Its colours: `auto`, `light` or `dark`. */
            color_scheme: string;
            /** @description What a visitor agrees to before they write; null where nothing is asked. */
            consent: components["schemas"]["ChatConsent"] | null;
            /** @description Whether emojis can be picked where one writes. */
            emoji_picker: boolean;
            /** @description Its id. */
            id: string;
            /** @description What of the page is told of the chat's events: `data_layer`, `google_analytics_4`. */
            integrations: string[];
            /** @description The language of the source; null when it has none. */
            locale: string | null;
            /**
             * Format: int64
             * @description How many conversations a visitor may have open; null in a live chat, which is one at a time.
             */
            max_open_conversations: number | null;
            /** @description How its conversations go. */
            mode: components["schemas"]["ChatMode"];
            /** @description Its name. */
            name: string;
            /** @description How far from that side and from the bottom. */
            offset: components["schemas"]["ChatOffset"];
            /** @description Whether the page is told of a visitor who has not written yet. */
            page_before_engaging: boolean;
            /** @description At which side of the window it stands: `right` or `left`. */
            position: string;
            /** @description What becomes of identities that the page signs. */
            signed_identities: components["schemas"]["SignedIdentities"];
            /** @description Whether visitors can switch on a sound for new messages. */
            sounds: boolean;
            /** @description What the chat says first to whoever speaks none of the languages below. */
            welcome_message: string | null;
            /** @description The same by language. */
            welcome_messages: components["schemas"]["ChatWelcome"][];
            /**
             * Format: int64
             * @description Its `z-index`; null for above all that the page has.
             */
            z_index: number | null;
        };
        /**
         * @description Where a live chat stands.
         * @enum {string}
         */
        ChatState: "waiting" | "connected" | "transferred" | "ended";
        /** @description A structured message as a visitor sees it. */
        ChatStructured: {
            /** @description Whether they stand in the middle. */
            center_items: boolean;
            /** @description Whether the visitor can write no text of their own beside them. */
            disable_text_input: boolean;
            /** @description The choices. */
            items: components["schemas"]["ChatChoice"][];
            /** @constant */
            type: "select";
        } | {
            /** @description Its buttons. */
            items?: components["schemas"]["ChatButton"][];
            /** @description The address of its picture; null when that is gone. */
            picture?: string | null;
            /** @description The line under it. */
            subtitle?: string;
            /** @description Its heading. */
            title: string;
            /** @constant */
            type: "template";
            /** @description Where it leads. */
            url?: string;
            /** @description The same for browsers, where `url` is for phones' apps alone. */
            url_fallback?: string;
            /** @description What stands for the address. */
            url_text?: string;
        } | {
            /** @description The address of its picture; null when that is gone. */
            picture?: string | null;
            /** @description The line under it. */
            subtitle?: string;
            /** @description Its heading. */
            title: string;
            /** @constant */
            type: "rich_link";
            /** @description Where it leads. */
            url: string;
            /** @description The same for browsers, where `url` is for phones' apps alone. */
            url_fallback?: string;
            /** @description What stands for the address. */
            url_text?: string;
        } | {
            /** @description The cards. */
            items: components["schemas"]["ChatCard"][];
            /** @constant */
            type: "carousel";
        };
        /** @description What a page must know to decide what it shows. */
        ChatTargeting: {
            /** @description The buttons and invitations that they show. */
            items: components["schemas"]["ChatItem"][];
            /** @description What they say. */
            messages: components["schemas"]["ChatAutomaticMessage"][];
            /** @description In whose time days and hours are: `visitor`, or a time zone. */
            time_zone: string;
            /** @description The triggers in use, in their order. */
            triggers: components["schemas"]["ChatTrigger"][];
            /** @description What they look at beside what every page has. */
            variables: components["schemas"]["ChatVariable"][];
            /** @description It changes with the rest, and with nothing else. */
            version: string;
        };
        /** @description The version of the triggers. */
        ChatTargetingVersion: {
            /** @description The version to ask for. */
            version: string;
        };
        /**
         * @description What a chat says, by language and key: in the one that is asked for, in the same without its region, and in English as
         *     far as the source has that in words of its own.
         */
        ChatTexts: {
            [key: string]: {
                [key: string]: unknown;
            };
        };
        /** @description A conversation as a visitor sees it. */
        ChatThread: {
            /** @description Who has a live chat now. */
            agent: components["schemas"]["ChatAgent"] | null;
            /** @description Whether the visitor can write now. */
            can_write: boolean;
            /** @description Why a live chat has ended. */
            close_cause: components["schemas"]["CloseCause"] | null;
            /** @description Whether it is closed. */
            closed: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its newest message. */
            last_message: components["schemas"]["ChatMessage"] | null;
            /** @description How it goes: over days, or now until it ends. */
            mode: components["schemas"]["ChatMode"];
            /**
             * @description Where a live chat stands; `open` for any other conversation.
             * @enum {string}
             */
            state: "open" | "waiting" | "connected" | "transferred" | "ended";
            /** @description Whether the visitor can write no texts of their own now. */
            text_input_disabled: boolean;
            /** @description Its title, where there is one. */
            title: string | null;
            /**
             * Format: int64
             * @description How many messages the visitor has not read.
             */
            unread: number;
            /**
             * Format: date-time
             * @description When something was said last.
             */
            updated_at: string;
        };
        /** @description The visitor's conversations. */
        ChatThreads: {
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description All of them, newest activity first. */
            threads: components["schemas"]["ChatThread"][];
            /** @description The timeline of that. */
            timeline: string;
        };
        /** @description A trigger. */
        ChatTrigger: {
            /** @description What is done then. */
            actions: components["schemas"]["MessagingAction"][];
            /** @description Whether it also acts where the visitor writes already. */
            also_when_engaged: boolean;
            /** @description What must hold, all of it. */
            conditions: components["schemas"]["MessagingCondition"][];
            /** @description Its id. */
            id: string;
            /** @description Its name, which programs on the page are told. */
            label: string;
            /** @description The language of a conversation that begins from it; null for the page's. */
            language: string | null;
            /** @description Whether it acts once in a visit. */
            once_per_visit: boolean;
            /** @description Whether it acts only while agents could take a conversation. */
            only_if_agents_available: boolean;
            /**
             * Format: int64
             * @description Its place in the order in which triggers are looked at.
             */
            position: number;
            /** @description Whether no other trigger acts after it in the same visit. */
            stop_after: boolean;
        };
        /** @description How much a visitor has not read. */
        ChatUnread: {
            /** @description In which conversations, newest activity first; at most 100. */
            threads: components["schemas"]["ChatUnreadThread"][];
            /**
             * Format: int64
             * @description How many messages.
             */
            unread: number;
        };
        /** @description How much a visitor has not read of a conversation. */
        ChatUnreadThread: {
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description How many messages.
             */
            unread: number;
        };
        /** @description A custom variable. */
        ChatVariable: {
            /** @description Where it is found in a page; null where the page tells it. */
            in_page: components["schemas"]["MessagingInPage"] | null;
            /** @description What it holds. */
            kind: components["schemas"]["VariableKind"];
            /** @description The name that people see. */
            label: string;
            /** @description By which pages and triggers name it. */
            name: string;
        };
        /** @description What a chat tells of the visit, as far as it knows it. Times are in milliseconds, by the clock of the browser. */
        ChatVisit: {
            /**
             * Format: int64
             * @description How many visits there were, this one included.
             * @default null
             */
            count?: number | null;
            /**
             * Format: int64
             * @description What that clock shows now.
             * @default null
             */
            now?: number | null;
            /**
             * Format: int64
             * @description By how many minutes its zone is behind UTC.
             * @default null
             */
            offset?: number | null;
            /**
             * Format: int64
             * @description How many pages this one has.
             * @default null
             */
            pages?: number | null;
            /**
             * @description The page from which they came to this one.
             * @default null
             */
            referrer?: string | null;
            /**
             * Format: int64
             * @description When it began.
             * @default null
             */
            started?: number | null;
        };
        /** @description A visitor as their page sees them. */
        ChatVisitor: {
            /** @description Its id. */
            id: string;
            /** @description Whether an address is known by which they can be written to. */
            reachable: boolean;
            /** @description The name that agents see. */
            screenname: string | null;
            /** @description The id that the site knows the person by. */
            uuid: string | null;
            /** @description What stands for the variables in what the chat says first, by their names. */
            variables: {
                [key: string]: string;
            };
        };
        /** @description What the chat says first in a language. */
        ChatWelcome: {
            /** @description Its text. */
            body: string;
            /** @description The language it is in, where it is known. */
            language: string;
        };
        /** @description A message that was taken in, and its conversation since. */
        ChatWritten: {
            /** @description The message. */
            message: components["schemas"]["ChatMessage"];
            /** @description Its conversation. */
            thread: components["schemas"]["ChatThread"];
        };
        /**
         * @description Why a live chat has ended; the names are those of the reference's exports.
         * @enum {string}
         */
        CloseCause: "client_impossible_delay" | "visitor_closed" | "intervention_closed" | "intervention_auto_closed" | "disconnection";
        /** @description Somebody who stands in a comment. */
        CommentMention: {
            /** @description The id of a user or a team. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /** @description A comment as the console shows it. */
        CommentView: {
            /**
             * Format: int64
             * @description The place of the content in the thread that it was written after; 0 for none.
             */
            after: number;
            /** @description Its text; who is mentioned stands in it as `@[id]`. */
            body: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The case that it is on; null for none. */
            intervention_id: string | null;
            /** @description Whether the caller may remove it. */
            may_delete: boolean;
            /** @description The users and teams that it calls. */
            mention_ids: string[];
            /** @description The names of those who stand in its text. */
            mentions: components["schemas"]["CommentMention"][];
            /** @description The author. */
            user: components["schemas"]["NamedUser"] | null;
        };
        /** @description A community as the API shows it. The last field is an extension. */
        Community: {
            /** @description Whether it is in use. */
            active: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description What becomes of identities that a page signs: an extension. */
            signed_identities: components["schemas"]["SignedIdentities"];
            /** @description What kind its sources are of; `email` and `phone` have none yet and take imports. */
            type: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        CommunityPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Community"][];
        };
        /** @description What happened, as the console is told. */
        ConsoleEvent: {
            /** @description The content that it is of. */
            content_id: string | null;
            /** @description Its id. */
            id: string;
            /** @description The intervention that it is of. */
            intervention_id: string | null;
            /** @description The users whom a comment mentions; null for all else. */
            mentioned_ids: string[] | null;
            /** @description What it happened to. */
            resource: components["schemas"]["EventResource"];
            /** @description The source that it is of. */
            source_id: string | null;
            /** @description The thread that it is of. */
            thread_id: string | null;
            /** @description What it is. */
            type: components["schemas"]["EventType"];
            /** @description Who did it; null when nobody in the house did. */
            user_id: string | null;
        };
        /** @description How somebody has their console look. */
        ConsoleProfile: {
            /** @description Rows of lists have two lines, and no face. */
            dense: boolean;
            /** @description The navigation has icons alone. */
            narrow_rail: boolean;
            /** @description The person is not shown beside a conversation. */
            person_hidden: boolean;
            /** @description How they want to be told of what happens. */
            signals: components["schemas"]["ConsoleSignals"];
        };
        /** @description How somebody wants to be told of what happens. */
        ConsoleSignals: {
            /** @description Of these sources nothing is told aloud. */
            muted_source_ids: string[];
            /** @description Of what the browser shows notices. */
            notices: components["schemas"]["SignalLevel"];
            /** @description On which weekdays quiet hours begin, from 1 for Monday; none where there are none. */
            quiet_days: number[];
            /** @description From when, such as `22:00`. */
            quiet_from: string;
            /** @description Until when; where that is earlier, of the next day. */
            quiet_to: string;
            /**
             * Format: date-time
             * @description Until then nothing is told aloud.
             */
            quiet_until: string | null;
            /** @description What sounds. */
            sound: components["schemas"]["SignalLevel"];
            /** @description In which time zone; null for that of the account, else of the browser. */
            timezone: string | null;
            /** @description How. */
            tone: components["schemas"]["SignalTone"];
            /**
             * Format: int64
             * @description How loudly, of a hundred.
             */
            volume: number;
        };
        /** @description A content as the API shows it. What this version has no cause for (ratings, translations) is null. */
        Content: {
            /** @description Extension: what was asked to be done with it on the other side, and is not done. */
            acts: components["schemas"]["ContentAct"][];
            /** @description Its author was erased, and all that it said. */
            anonymized: boolean;
            /** @description Extension: of a content that waits for approval or was refused; null for others. */
            approval: components["schemas"]["Approval"] | null;
            /** @description It waits for approval. */
            approval_required: boolean;
            /** @description Its files. */
            attachments: components["schemas"]["Attachment"][];
            /**
             * Format: int64
             * @description How many files it has.
             */
            attachments_count: number;
            /** @description The identity to write as, if it is not the source's own. */
            author_id: string;
            /** @description Whether a program wrote it without a person. */
            auto_submitted: boolean;
            /** @description As it was written: HTML is given back as such, sanitized. */
            body: string;
            /** @description Its text in both forms. */
            body_formatted: components["schemas"]["ContentBody"];
            /** @description The form in which it was written. */
            body_input_format: components["schemas"]["BodyFormat"];
            /** @description Extension: what can be done with it on the other side, in the order in which it is shown. */
            capabilities: components["schemas"]["ContentCapability"][];
            /** @description What its source can show beside plain text. */
            capabilities_supported: string[];
            /** @description Its categories from now on. */
            category_ids: string[];
            /** @description What its source told of its circumstances; null where a chat told nothing. */
            context_data: {
                [key: string]: unknown;
            } | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Through which door it came. */
            created_from: components["schemas"]["CreatedFrom"];
            /** @description The user who wrote it; null when a customer did. */
            creator_id: string | null;
            /**
             * Format: double
             * @description What another analysis says of its sentiment: an extension.
             */
            custom_score: number | null;
            /**
             * Format: date-time
             * @description When what an agent wrote reached whom it was for, as far as the source tells: an extension.
             */
            delivered_at: string | null;
            /**
             * Format: date-time
             * @description When its text last changed on the other side: an extension.
             */
            edited_at: string | null;
            /** @description Whether the thread began with it. */
            first_in_thread: boolean;
            /** @description Categories that the source gave it. */
            foreign_categories: string[];
            /** @description The id that the source knows it by. */
            foreign_id: string | null;
            /** @description Headers of a mail. Always null: there are no e-mail sources yet. */
            headers: {
                [key: string]: unknown;
            } | null;
            /** @description Its id. */
            id: string;
            /** @description The person, as an identity group. */
            identity_group_id: string | null;
            /** @description Who wrote what it answers. */
            in_reply_to_author_id: string | null;
            /** @description The content that is answered. */
            in_reply_to_id: string | null;
            /** @description The intervention that it belongs to. */
            intervention_id: string | null;
            /** @description The language it is in, where it is known. */
            language: string | null;
            /** @description Extension: of a content that came or goes out as a mail; left out of others. */
            mail?: components["schemas"]["MailFacts"] | null;
            /** @description The text before it was translated. Always null: nothing is translated. */
            original_body: string | null;
            /** @description Whether only its receiver sees it. */
            private_message: boolean;
            /** @description Whether it is to be seen at its source. */
            published: boolean;
            /** @description How the source lets customers rate. Always null in this version. */
            rated_with: string | null;
            /**
             * Format: int64
             * @description A customer's rating. Always null in this version.
             */
            rating: number | null;
            /** @description The reason of the rating. Always null in this version. */
            rating_reason: string | null;
            /**
             * Format: date-time
             * @description When what an agent wrote was read, as far as the source tells: an extension.
             */
            read_at: string | null;
            /** @description Whether the source has removed it. */
            remotely_deleted: boolean;
            /** @description Where a discussion is begun. */
            source_id: string;
            /** @description The language it was translated from. Always null: nothing is translated. */
            source_language: string | null;
            /** @description What its source is connected to. */
            source_type: components["schemas"]["SourceType"] | null;
            /** @description Where it is to be seen at its source. */
            source_url: string | null;
            /** @description Where it stands between customer and agent. */
            status: components["schemas"]["ContentStatus"];
            /** @description Buttons, cards and the like, in the form of the guides. */
            structured_content: {
                [key: string]: unknown;
            } | null;
            /** @description Whether its source can show structured messages. */
            structured_content_supported: boolean;
            /** @description Which button of a structured message was pressed; null for others. */
            structured_reply: unknown;
            /** @description Why the source did not take it. */
            synchronization_error: string | null;
            /** @description How an agent's content fares on its way to the source. */
            synchronization_status: components["schemas"]["SyncStatus"] | null;
            /** @description The language it was translated to. Always null: nothing is translated. */
            target_language: string | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @description A title, where the source has titles. The subject of a mail: a new one needs it, an answer has `Re: ` and its conversation's by itself. */
            title: string | null;
            /** @description Its translation. Always null: nothing is translated. */
            translated_body: string | null;
            /** @description Why it could not be translated. Always null: nothing is translated. */
            translation_error: string | null;
            /** @description How its translation fares. Always null: nothing is translated. */
            translation_status: string | null;
            /** @description `message` in a chat, `sdk/content` at a third party. */
            type: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description What the actor may do with a content. */
        ContentAbilities: {
            /** @description Approve it. */
            approve: boolean;
            /** @description Refuse it. */
            refuse: boolean;
            /** @description Send it again, as it did not reach its source or may not have. */
            send_again: boolean;
        };
        /** @description Something that was asked to be done with a content on the other side, and is not done. */
        ContentAct: {
            /** @description How it is called in the caller's language. */
            label: string;
            /** @description Its name. */
            name: string;
            /** @description What went wrong last, in words. */
            reason: string | null;
            /** @description Where it stands: `pending`, `parked` when it was not done, `unknown` when it may have been. */
            state: components["schemas"]["ExportState"];
        };
        /** @description What became of a content that had to wait for approval. */
        ContentApproval: {
            /**
             * Format: date-time
             * @description When that was.
             */
            decided_at: string | null;
            /** @description Why it was refused. */
            reason: string | null;
            /** @description Where the approval stands. */
            state: components["schemas"]["ApprovalState"];
            /** @description Who decided. */
            user: components["schemas"]["NamedUser"] | null;
        };
        /** @description Who wrote a content, as the source knows them. */
        ContentAuthor: {
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /** @description A content's body in both forms. */
        ContentBody: {
            /** @description In HTML, made safe. */
            html: string;
            /** @description As plain text. */
            text: string;
        };
        /** @description Something that can be done with a content on the other side. */
        ContentCapability: {
            /** @description Whether it can be asked for now. */
            allowed: boolean;
            /** @description How it is called in the caller's language: as the source says, else by its name. */
            label: string;
            /** @description Its name, for `PUT /1.0/contents/{id}/actions/{name}`. */
            name: string;
            /**
             * @description Why it cannot be asked for.
             * @enum {string|null}
             */
            reason: "permission" | "pending" | "not_exported_yet" | "being_sent" | "no_remote_id" | null;
        };
        /** @description A window of a list. */
        ContentPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Content"][];
        };
        /**
         * @description Where a content stands between customer and agent.
         * @enum {string}
         */
        ContentStatus: "new" | "assigned" | "replied" | "user_reply" | "user_initiated" | "ignored" | "forwarded";
        /** @description A content as the console shows it. */
        ContentView: {
            /** @description What was asked to be done with it on the other side, and is not done. */
            acts: components["schemas"]["ContentAct"][];
            /** @description Where else the same mail has come; empty for others. */
            also_in: components["schemas"]["AlsoIn"][];
            /** @description Its author was erased, and all that it said. */
            anonymized: boolean;
            /** @description Of a content that waits for approval or was refused. */
            approval: components["schemas"]["ContentApproval"] | null;
            /** @description Whether it waits for somebody's approval before it is sent. */
            approval_required: boolean;
            /** @description Its files. */
            attachments: components["schemas"]["Attachment"][];
            /** @description Who wrote it, as the source knows them. */
            author: components["schemas"]["ContentAuthor"] | null;
            /** @description Whether the source said it by itself. */
            automatic: boolean;
            /** @description Its text; in HTML where it was written so, made safe. */
            body: string;
            /** @description What can be done with it there, in the order in which it is shown. */
            capabilities: components["schemas"]["ContentCapability"][];
            /** @description Its categories. */
            category_ids: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The user who wrote it; null when a customer did. */
            creator: components["schemas"]["NamedUser"] | null;
            /** @description Whether an agent's content has reached the customer. */
            delivered: boolean;
            /**
             * Format: date-time
             * @description When its text last changed on the other side.
             */
            edited_at: string | null;
            /** @description Who wrote it. */
            from: components["schemas"]["Speaker"];
            /** @description Its text in HTML, made safe, where it was written so. */
            html: string | null;
            /** @description Its id. */
            id: string;
            /** @description The content that it answers. */
            in_reply_to_id: string | null;
            /** @description The intervention that it belongs to. */
            intervention_id: string | null;
            /** @description What it has that is a mail; null for others. */
            mail: components["schemas"]["MailFacts"] | null;
            /** @description What the caller may do with it. */
            may: components["schemas"]["ContentAbilities"];
            /** @description Whether it is not known if the source has it; its status is error then. */
            may_have_arrived: boolean;
            /**
             * Format: int64
             * @description Its place in the thread: contents stand in this order, whatever their times.
             */
            ordinal: number;
            /** @description Whether only its receiver sees it. */
            private: boolean;
            /** @description Whether it is visible on the other side. */
            published: boolean;
            /** @description Whether the customer has read an agent's content. */
            read: boolean;
            /** @description Whether it was removed there. */
            remotely_deleted: boolean;
            /** @description How the agent was called to the customer. */
            sender_name: string | null;
            /** @description Where it stands between customer and agent. */
            status: components["schemas"]["ContentStatus"];
            /** @description Buttons, cards and the like, in the form of the guides. */
            structured_content: {
                [key: string]: unknown;
            } | null;
            /** @description Why the source did not take it. */
            synchronization_error: string | null;
            /** @description How an agent's content fares on its way to the source. */
            synchronization_status: components["schemas"]["SyncStatus"] | null;
            /** @description Its title, where there is one. */
            title: string | null;
            /** @description Why it has not gone out yet, where a try has failed. */
            waits: components["schemas"]["ContentWaits"] | null;
        };
        /** @description Why a content has not gone out yet. */
        ContentWaits: {
            /**
             * Format: date-time
             * @description When it is tried again.
             */
            next_attempt_at: string;
            /** @description What went wrong last, in words. */
            reason: string;
        };
        /** @description A conversation that a figure counts. */
        CountedThread: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description What makes it count, and that once. */
            id: string;
            /** @description The conversation as it is now. */
            thread: components["schemas"]["InboxRow"];
            /** @description How whoever did it is called; null where nobody in particular did. */
            user_name: string | null;
            /**
             * Format: int64
             * @description Seconds that the customer had waited for a first answer; else 1.
             */
            value: number;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            value_bh: number;
        };
        /** @description A page of the conversations behind a figure. */
        CountedThreads: {
            /** @description What to give as `before` for those that come next; null when these are the last. */
            next: string | null;
            /** @description The newest first. */
            records: components["schemas"]["CountedThread"][];
        };
        /**
         * @description Which way a content came into Hubbub.
         * @enum {string}
         */
        CreatedFrom: "synchronizer" | "interface" | "api" | "automatic";
        /** @description A custom field as the API shows it. The last two fields are extensions. */
        CustomField: {
            /** @description What it belongs to. */
            associated_type_name: components["schemas"]["AssociatedType"];
            /** @description What can be chosen, for those with choices. */
            choices: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The name of its values in `custom_field_values` and `custom_fields`. */
            key: string;
            /** @description The name that people see. */
            label: string;
            /** @description It holds a list of values. */
            multiple: boolean;
            /**
             * Format: int64
             * @description Its place among the others.
             */
            position: number;
            /** @description Agents see it and do not change it; the API does. */
            read_only: boolean;
            /** @description What it holds. */
            type: components["schemas"]["CustomFieldType"];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        CustomFieldPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["CustomField"][];
        };
        /**
         * @description What a custom field holds.
         * @enum {string}
         */
        CustomFieldType: "string" | "boolean" | "text" | "integer" | "float" | "single_choice" | "multiple_choice";
        /** @description Why an agent is away. */
        CustomStatus: {
            /** @description The presence status. */
            id: string;
        };
        /** @description What the caller may do with a customer. */
        CustomerAbilities: {
            /** @description Merge them with somebody. */
            merge: boolean;
        };
        /** @description A page of the list of customers. */
        CustomerPage: {
            /** @description Whether the text finds more than these. */
            cut: boolean;
            /** @description What to give as `before` for those that come next; null when these are the last. */
            next: string | null;
            /** @description Each person once. */
            records: components["schemas"]["ListedCustomer"][];
        };
        /** @description A customer with everything that is known of them. */
        CustomerProfile: {
            /** @description What the caller may do. */
            can: components["schemas"]["CustomerAbilities"];
            /** @description The name of its community. */
            community: string;
            /** @description The custom fields of persons and interventions. */
            custom_fields: components["schemas"]["CustomField"][];
            /** @description The customer, by this identity. */
            identity: components["schemas"]["CustomerView"];
            /** @description The person that it belongs to. */
            identity_group: components["schemas"]["IdentityGroup"] | null;
            /** @description The conversations of all identities of the person that the caller sees, newest activity first: the last 50. */
            threads: components["schemas"]["InboxRow"][];
        };
        /** @description The customer with everything that is known of them. */
        CustomerView: {
            /** @description The person was erased: nothing is known of them any more. */
            anonymized: boolean;
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description What they write is kept out. */
            blocked: boolean;
            /** @description The company that the person belongs to. */
            company: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Those of these addresses, and of the person's, that do not work: a server has said that they do not exist. */
            dead_addresses: string[];
            /** @description How the person is called on the screen. */
            display_name: string;
            /** @description E-mail address. */
            email: string | null;
            /** @description What else is known of the person, by name. */
            extra_values: {
                [key: string]: unknown;
            };
            /** @description First name. */
            firstname: string | null;
            /** @description The id that the source knows it by. */
            foreign_id: string;
            /** @description The address that they gave in the chat, where that of the identity is the company's word. */
            given_email: string | null;
            /** @description A telephone at home. */
            home_phone: string | null;
            /** @description Its id. */
            id: string;
            /** @description Last name. */
            lastname: string | null;
            /** @description A telephone to carry. */
            mobile_phone: string | null;
            /** @description The name that the source shows. */
            screenname: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The id that the site knows the person by. */
            uuid: string | null;
        };
        /** @description Addresses that do not work. */
        DeadAddresses: {
            /** @description Those of the given ones, as they were given. */
            addresses: string[];
        };
        /**
         * @description What was done to a thread.
         * @enum {string}
         */
        Deed: "opened" | "given" | "canceled" | "deferred" | "resumed" | "came_back" | "closed" | "reopened" | "archived" | "locked" | "unlocked" | "quieted" | "categorized" | "tagged" | "handed_over" | "approved" | "refused" | "undone" | "survey_sent" | "survey_answered" | "queued" | "requeued" | "connected" | "left" | "ended" | "email_asked" | "email_given" | "split" | "split_off" | "merged" | "merged_into";
        /** @description A delivery as a list shows it. */
        Delivery: {
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts_count: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the receiver took it.
             */
            delivered_at: string | null;
            /** @description What it tells. */
            events: components["schemas"]["DeliveryEvent"][];
            /**
             * Format: date-time
             * @description When no more attempts are made.
             */
            expires_at: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it is tried again.
             */
            next_attempt_at: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["DeliveryState"];
        };
        /** @description An attempt at a delivery. */
        DeliveryAttempt: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            at: string;
            /**
             * Format: int64
             * @description How many milliseconds it took.
             */
            duration_ms: number;
            /** @description What went wrong, where nothing was answered. */
            error: string | null;
            /** @description The beginning of what was answered. */
            response: string | null;
            /**
             * Format: int64
             * @description The HTTP code that was answered.
             */
            status_code: number | null;
        };
        /** @description A delivery with its attempts and its body as it is sent. */
        DeliveryDetail: {
            /** @description Every attempt. */
            attempts: components["schemas"]["DeliveryAttempt"][];
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts_count: number;
            /** @description What is sent. */
            body: unknown;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the receiver took it.
             */
            delivered_at: string | null;
            /** @description What it tells. */
            events: components["schemas"]["DeliveryEvent"][];
            /**
             * Format: date-time
             * @description When no more attempts are made.
             */
            expires_at: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it is tried again.
             */
            next_attempt_at: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["DeliveryState"];
        };
        /** @description An event of a delivery. */
        DeliveryEvent: {
            /** @description Its id. */
            id: string;
            /** @description What happened. */
            type: components["schemas"]["EventType"];
        };
        /** @description A window of a list. */
        DeliveryPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Delivery"][];
        };
        /**
         * @description The state of a delivery.
         * @enum {string}
         */
        DeliveryState: "pending" | "delivered" | "parked";
        /** @description What the caller is writing on a thread. */
        Draft: {
            /** @description What the console has written down of it. */
            draft: {
                [key: string]: unknown;
            };
            /** @description The thread it is on. */
            thread_id: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Its version, under which it is changed.
             */
            version: number;
        };
        /** @description Under which version it is kept. */
        DraftKept: {
            /**
             * Format: int64
             * @description Its version from now on; null when nothing is written.
             */
            version: number | null;
        };
        /** @description What the caller is writing. */
        Drafts: {
            /** @description The last changed first; a thousand at the most. */
            drafts: components["schemas"]["Draft"][];
        };
        /** @description Why a request was refused. */
        Error: {
            /**
             * @description Of `cannot_undo`: what came in between.
             * @enum {string}
             */
            because?: "taken" | "answered" | "changed" | "over";
            /** @description Of `cannot_undo`: who did that; null where it is not known. */
            by?: components["schemas"]["ErrorOwner"] | null;
            /** @description An identifier for programs. */
            error: string;
            /** @description The parameter at fault, where it is one. */
            field?: string;
            /** @description Of `cursor_expired`: the newest position. */
            head?: number;
            /** @description Of `already_open`: the intervention. */
            intervention_id?: string;
            /** @description The same in English, for logs and for who writes programs. */
            message: string;
            /** @description Of `cursor_expired`: the oldest position that the journal has. */
            oldest?: number;
            /** @description Of `stale_owner` and `already_engaged`: who has the thread; null for nobody. */
            owner?: components["schemas"]["ErrorOwner"] | null;
            /** @description Of `stale_owner` and `already_open`: the epoch of the thread now. */
            owner_epoch?: number;
            /**
             * @description What is wrong with it, or why it is refused, where the identifier does not say it. More are added in time.
             * @enum {string}
             */
            reason?: "required" | "blank" | "too_long" | "too_large" | "too_short" | "too_many" | "length" | "between" | "at_least" | "one_of" | "form" | "characters" | "invisible" | "nul_character" | "single_line" | "email" | "phone" | "url" | "language" | "time_zone" | "date" | "hours" | "future" | "taken" | "unknown" | "unfit" | "fixed" | "not_for_this" | "open_threads" | "itself" | "too_deep" | "not_selectable" | "not_on_source" | "only_one" | "category_missing" | "no_digit" | "no_symbol" | "used_before" | "common_password" | "personal_password" | "easy_to_guess" | "wrong_password" | "wrong_code" | "query" | "placeholder" | "unpaired" | "no_link" | "private_key" | "public_key" | "read_only" | "switched_off" | "file_type" | "company" | "other_side" | "not_leader" | "impersonation" | "permission" | "more_than_you" | "above_you" | "alone" | "css" | "selector" | "used_by" | "stale" | "already" | "own_content" | "intervention_closed" | "has_replies" | "reply_waits" | "hidden" | "no_token" | "bodies_full" | "connections_full" | "database_away" | "provider" | "held" | "storage_full" | "other";
            /** @description The HTTP code once more. */
            status: number;
            /** @description Of `html_not_allowed`: the tags that are not. */
            tags?: string[];
            /** @description Of `cursor_expired`: the timeline of both. */
            timeline?: string;
            /** @description What belongs to the reason, such as `max`. */
            values?: {
                [key: string]: unknown;
            };
        };
        /** @description Who has a thread, where a write is refused for it. */
        ErrorOwner: {
            /** @description The user. */
            id: string;
            /** @description Their name. */
            name: string;
            /**
             * @description Of `stale_owner`: what they are.
             * @enum {string}
             */
            type?: "bot" | "agent";
        };
        /** @description An event as the API shows it. */
        Event: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description What else is known, by name; null what an event has not. */
            extra_infos: {
                [key: string]: unknown;
            };
            /** @description Its id. */
            id: string;
            /** @description What happened. */
            name: components["schemas"]["EventType"];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Who did it; null when nobody in the house did. */
            user_id: string | null;
        };
        /** @description A window of a list. */
        EventPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Event"][];
        };
        /** @description What something happened to. */
        EventResource: {
            /** @description Its id. */
            id: string;
            /** @description The kind of thing. */
            type: string;
        };
        /**
         * @description What happened. The dotted names are those of the reference's webhook guide (`docs/webhooks/events.md`); those that it does not have are Hubbub's own and cannot be registered by a webhook.
         * @enum {string}
         */
        EventType: "content.imported" | "content.replied" | "content.discussion_initiated" | "content.approval_requested" | "content.approval_refused" | "content.approved" | "content.exported" | "content.export_retried" | "content.update_requested" | "content.update_exported" | "content.taken_back" | "content.edited" | "content.thread_closed" | "content.thread_opened" | "content.thread_auto_closed" | "chat.queued" | "chat.connected" | "chat.left" | "chat.email_asked" | "chat.email_given" | "intervention.opened" | "intervention.assigned" | "intervention.canceled" | "intervention.closed" | "intervention.deferred" | "intervention.reopened" | "intervention.reactivated" | "intervention.recategorized" | "intervention.user_updated" | "intervention.custom_fields_updated" | "content.ignored" | "content.unignored" | "content.recategorized" | "content.scored" | "content.delivered" | "content.read" | "content_thread.recategorized" | "content_thread.tagged" | "content_thread.ignored" | "content_thread.split" | "content_thread.merged" | "content_thread.input_updated" | "identity.merged" | "identity.unmerged" | "identity.imported" | "identity.updated" | "identity.anonymized" | "content.anonymized" | "identity_group.created" | "identity_group.updated" | "content_thread.owner_changed" | "content_thread.handed_over" | "survey_response.imported" | "intervention_comment.created" | "intervention_comment.deleted" | "push_agent.connected" | "push_agent.disconnected" | "push_agent.reconnected" | "push_agent.connection_lost" | "push_agent.availability_change" | "content_source.health_changed" | "administration.changed";
        /** @description The events that webhooks are told of. */
        Events: {
            /** @description Their names. */
            records: components["schemas"]["EventType"][];
        };
        /** @description A content on its way to its source, or an act on it that is. */
        Export: {
            /** @description The last tries, oldest first. */
            attempts: components["schemas"]["ExportAttempt"][];
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts_count: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Until when it is tried.
             */
            expires_at: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            next_attempt_at: string | null;
            /** @description What is asked of the source: `create`, or the name of an act. */
            operation: string;
            /** @description What it takes, in order; empty before its first try has ended. */
            parts: components["schemas"]["ExportPart"][];
            /** @description What went wrong last, in words. */
            reason: string | null;
            /** @description What went wrong last, for programs. */
            reason_code: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["ExportState"];
        };
        /** @description A try at sending one part. */
        ExportAttempt: {
            /**
             * Format: date-time
             * @description When it ended; null while it is under way, and when nobody could write that down.
             */
            ended_at: string | null;
            /**
             * Format: int64
             * @description The HTTP code that was answered.
             */
            http_status: number | null;
            /**
             * Format: int64
             * @description Its number: 1 for the first.
             */
            number: number;
            /** @description How it ended. */
            outcome: components["schemas"]["ExportOutcome"] | null;
            /**
             * Format: int64
             * @description The place of the part that it sent: 0 for the first.
             */
            part: number;
            /** @description Why it did not succeed, for programs. */
            reason_code: string | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at: string;
            /** @description Why it did not succeed, in words. */
            text: string | null;
            /**
             * Format: int64
             * @description How many milliseconds it took.
             */
            took_ms: number | null;
        };
        /**
         * @description How a try at handing a content to its source ended.
         * @enum {string}
         */
        ExportOutcome: "done" | "refused" | "failed" | "wait" | "unknown" | "locked";
        /** @description A request that a content takes. */
        ExportPart: {
            /** @description What it asks of the other side. */
            kind: string;
            /** @description The id that the other side gave. */
            remote_id: string | null;
            /**
             * Format: date-time
             * @description When the other side had it.
             */
            sent_at: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["PartState"];
        };
        /**
         * @description Where an agent's content stands on its way to its source.
         * @enum {string}
         */
        ExportState: "pending" | "unknown" | "delivered" | "parked" | "cancelled";
        /** @description The figures of one time, place or user. */
        Figures: {
            /**
             * Format: int64
             * @description Conversations that somebody was done with.
             */
            conversations_closed: number;
            /**
             * Format: int64
             * @description What customers came with: their first words, and those after all was done.
             */
            conversations_new: number;
            /**
             * Format: int64
             * @description Conversations that somebody took, was given, or got back.
             */
            conversations_taken: number;
            /**
             * Format: int64
             * @description First answers to what customers came with.
             */
            first_response: number;
            /**
             * Format: int64
             * @description Half of the first answers came within so many seconds of business hours; null without any.
             */
            first_response_median: number | null;
            /**
             * Format: int64
             * @description Nine of ten came within so many; null without any.
             */
            first_response_p90: number | null;
        };
        /** @description How it stands at this moment. */
        FiguresNow: {
            /**
             * Format: int64
             * @description Conversations that were put aside.
             */
            deferred: number;
            /**
             * Format: date-time
             * @description Since when the customer who waits longest does.
             */
            longest_since: string | null;
            /** @description In which conversation. */
            longest_thread_id: string | null;
            /**
             * Format: int64
             * @description Conversations that wait for somebody, or that somebody has; of one user, those that they have.
             */
            open: number;
            /**
             * Format: int64
             * @description Conversations that wait for somebody to take them; null where one user is asked for.
             */
            unassigned: number | null;
            /**
             * Format: int64
             * @description Conversations whose customers wait for an answer.
             */
            waiting: number;
            /** @description Whether more of them wait than are counted one by one. */
            waiting_more: boolean;
        };
        /** @description The figures of a day. */
        FiguresOfDay: {
            /**
             * Format: int64
             * @description Conversations that somebody was done with.
             */
            conversations_closed: number;
            /**
             * Format: int64
             * @description What customers came with: their first words, and those after all was done.
             */
            conversations_new: number;
            /**
             * Format: int64
             * @description Conversations that somebody took, was given, or got back.
             */
            conversations_taken: number;
            /** @description The day, in the domain's time zone. */
            date: string;
            /**
             * Format: int64
             * @description First answers to what customers came with.
             */
            first_response: number;
            /**
             * Format: int64
             * @description Half of the first answers came within so many seconds of business hours; null without any.
             */
            first_response_median: number | null;
            /**
             * Format: int64
             * @description Nine of ten came within so many; null without any.
             */
            first_response_p90: number | null;
        };
        /** @description All figures of some days. */
        FiguresOfDays: {
            /** @description As many days before them. */
            before: components["schemas"]["Figures"];
            /**
             * Format: int64
             * @description How many entries of the journal are not counted yet: more than a few just after an upgrade, or while all is counted anew.
             */
            behind: number;
            /** @description Day by day. */
            days: components["schemas"]["FiguresOfDay"][];
            /** @description The first day. */
            from: string;
            /** @description How it stands at this moment. */
            now: components["schemas"]["FiguresNow"];
            /** @description Source by source, those on which there was something. */
            sources: components["schemas"]["FiguresOfSource"][];
            /** @description The domain's time zone. */
            time_zone: string;
            /** @description The last day. */
            to: string;
            /** @description All days together. */
            total: components["schemas"]["Figures"];
            /** @description Whose alone; null where they are everybody's. */
            user_id: string | null;
            /** @description How they are called. */
            user_name: string | null;
            /** @description User by user, whoever did something; programs come last. */
            users: components["schemas"]["FiguresOfUser"][];
        };
        /** @description The figures of a source. */
        FiguresOfSource: {
            /**
             * Format: int64
             * @description Conversations that somebody was done with.
             */
            conversations_closed: number;
            /**
             * Format: int64
             * @description What customers came with: their first words, and those after all was done.
             */
            conversations_new: number;
            /**
             * Format: int64
             * @description Conversations that somebody took, was given, or got back.
             */
            conversations_taken: number;
            /**
             * Format: int64
             * @description First answers to what customers came with.
             */
            first_response: number;
            /**
             * Format: int64
             * @description Half of the first answers came within so many seconds of business hours; null without any.
             */
            first_response_median: number | null;
            /**
             * Format: int64
             * @description Nine of ten came within so many; null without any.
             */
            first_response_p90: number | null;
            /** @description The source. */
            source: components["schemas"]["RowSource"];
        };
        /** @description The figures of a user. */
        FiguresOfUser: {
            /** @description Whether they are a program; those count for nobody else. */
            bot: boolean;
            /**
             * Format: int64
             * @description Conversations that somebody was done with.
             */
            conversations_closed: number;
            /**
             * Format: int64
             * @description What customers came with: their first words, and those after all was done.
             */
            conversations_new: number;
            /**
             * Format: int64
             * @description Conversations that somebody took, was given, or got back.
             */
            conversations_taken: number;
            /**
             * Format: int64
             * @description First answers to what customers came with.
             */
            first_response: number;
            /**
             * Format: int64
             * @description Half of the first answers came within so many seconds of business hours; null without any.
             */
            first_response_median: number | null;
            /**
             * Format: int64
             * @description Nine of ten came within so many; null without any.
             */
            first_response_p90: number | null;
            /** @description How they are called. */
            name: string;
            /** @description Who. */
            user_id: string;
        };
        /** @description A folder as the API shows it. */
        Folder: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description The folder above it. */
            parent_id: string | null;
            /**
             * Format: int64
             * @description Its place among those beside it.
             */
            position: number;
            /** @description Which threads it has, in the search language. */
            query: string | null;
            /** @description The number of its threads is shown. */
            render_threads_count: boolean;
            /** @description Only users with one of these roles see it. */
            role_restriction: components["schemas"]["Restriction"];
            /** @description Only users of one of these teams see it. */
            team_restriction: components["schemas"]["Restriction"];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Whose own it is; null for a shared one. */
            user_id: string | null;
            /** @description Only these users see it. */
            user_restriction: components["schemas"]["Restriction"];
        };
        /** @description A window of a list. */
        FolderPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Folder"][];
        };
        /** @description A day on which a desk stays closed. */
        Holiday: {
            /** @description Its date, `2026-12-25`. */
            date: string;
            /** @description Its name. */
            name: string;
        };
        /** @description An identity as the API shows it. The last two fields are extensions. */
        Identity: {
            /** @description The person was erased: nothing is known of them any more. */
            anonymized: boolean;
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description The community; may be left out with `source_id`. */
            community_id: string;
            /** @description Where the person is to be seen at the source. Always null in this version. */
            community_url: string | null;
            /** @description The company that the person belongs to. */
            company: string | null;
            /** @description It belongs to the company, not to a customer. */
            controlled: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description How the person is called on the screen. */
            display_name: string;
            /** @description E-mail address, where the identifier is none: an extension. */
            email: string | null;
            /** @description What else is known of the person, by name. */
            extra_values: {
                [key: string]: unknown;
            };
            /** @description First name. */
            firstname: string | null;
            /** @description The id that the source knows it by. */
            foreign_id: string;
            /** @description `man`, `woman` or empty. */
            gender: string | null;
            /** @description A telephone at home. */
            home_phone: string | null;
            /** @description Its id. */
            id: string;
            /** @description The person, as an identity group. */
            identity_group_id: string | null;
            /** @description Last name. */
            lastname: string | null;
            /** @description A telephone to carry. */
            mobile_phone: string | null;
            /** @description The name that the source shows. */
            screenname: string | null;
            /** @description What kind its community is of. */
            type: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Users who may write as it. */
            user_ids: string[];
            /** @description The id that the site knows the person by. */
            uuid: string | null;
        };
        /** @description An identity group as the API shows it. */
        IdentityGroup: {
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description Company. */
            company: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Values by the custom fields' keys; an empty one takes a value back. */
            custom_field_values: {
                [key: string]: unknown;
            };
            /** @description E-mail addresses. */
            emails: string[];
            /** @description First name. */
            firstname: string | null;
            /** @description `man`, `woman` or empty. */
            gender: string | null;
            /** @description Telephones at home. */
            home_phones: string[];
            /** @description Its id. */
            id: string;
            /** @description The identities that are this person. */
            identity_ids: string[];
            /** @description Last name. */
            lastname: string | null;
            /** @description Telephones to carry. */
            mobile_phones: string[];
            /** @description What agents noted. */
            notes: string | null;
            /** @description Tags. */
            tag_ids: string[];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        IdentityGroupPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["IdentityGroup"][];
        };
        /** @description A window of a list. */
        IdentityPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Identity"][];
        };
        /** @description What a third party's implementation can do, as it has told. */
        Implementation: {
            /** @description Options that do not fit together, and are left out. */
            conflicts: string[];
            /** @description How it calls its own actions, by language; `default` for all others. */
            locales: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** @description What it does with each of its objects: `{"messages": ["create", "list"]}`. */
            objects: {
                [key: string]: string[];
            };
            /** @description Its options. */
            options: string[];
            /** @description What it has told beside that, and nobody knows. */
            unknown: string[];
        };
        /** @description What was known of somebody. */
        ImportedBefore: {
            /** @description The company that the person belongs to. */
            company: string | null;
            /** @description E-mail address. */
            email: string | null;
            /** @description First name. */
            firstname: string | null;
            /** @description `man` or `woman`, where it is known. */
            gender: string | null;
            /** @description Their phone at home. */
            home_phone: string | null;
            /** @description Last name. */
            lastname: string | null;
            /** @description Their mobile phone. */
            mobile_phone: string | null;
            /** @description The name that they show. */
            screenname: string | null;
        };
        /** @description What became of people. */
        ImportedPeople: {
            /** @description One for each row, in their order. */
            rows: components["schemas"]["ImportedPerson"][];
        };
        /** @description What became of one of them, or would. */
        ImportedPerson: {
            /** @description What was known before, by the names under which it is imported; null but for `changed`. */
            before: components["schemas"]["ImportedBefore"] | null;
            /**
             * @description `new`, `changed`, `same` or `refused`.
             * @enum {string}
             */
            outcome: "new" | "changed" | "same" | "refused";
            /** @description Why, as a refusal says it; null but for `refused`. */
            refusal: unknown;
        };
        /** @description A thread that the caller has, as far as it may wait for them. */
        InboxAttention: {
            /**
             * Format: int64
             * @description The place of the last word in it that is not the company's.
             */
            attention_ordinal: number;
            /** @description Whether the last answer in it came to nothing. */
            failed: boolean;
            /** @description Its id. */
            id: string;
            /** @description Whether it is marked for them, read or not. */
            marked: boolean;
            /**
             * Format: int64
             * @description The place up to which the caller has read it.
             */
            read_ordinal: number;
            /**
             * Format: date-time
             * @description Since when its customer waits.
             */
            waiting_since: string | null;
            /** @description Whether it waits for the caller. */
            waits: boolean;
        };
        /** @description What the caller has. */
        InboxAttentions: {
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description In the order in which they wait for the caller; a thousand at the most. */
            threads: components["schemas"]["InboxAttention"][];
            /** @description The timeline of that. */
            timeline: string;
        };
        /** @description A folder that somebody made, in the inbox. */
        InboxFolder: {
            /**
             * Format: int64
             * @description How many threads it has; null where no number is shown.
             */
            count: number | null;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description Whether it is the caller's alone. */
            own: boolean;
            /** @description The folder that it is in. */
            parent_id: string | null;
            /**
             * Format: int64
             * @description Where it stands among its neighbours.
             */
            position: number;
            /** @description The search whose threads it has. */
            query: string | null;
        };
        /** @description How many threads each folder has. */
        InboxFolders: {
            /**
             * Format: int64
             * @description Threads that are put aside.
             */
            deferred: number;
            /** @description The folders that somebody made. */
            folders: components["schemas"]["InboxFolder"][];
            /**
             * Format: int64
             * @description Threads that wait for the caller.
             */
            mine: number;
            /**
             * Format: int64
             * @description Threads that the caller has.
             */
            mine_all: number;
            /**
             * Format: int64
             * @description Those of the caller with something that they have not read.
             */
            mine_unread: number;
            /**
             * Format: int64
             * @description Threads that wait for somebody or that somebody has.
             */
            open: number;
            /**
             * Format: int64
             * @description Threads with contents that wait for approval; 0 for those who may not approve.
             */
            to_approve: number;
            /**
             * Format: int64
             * @description Threads that wait for somebody.
             */
            unassigned: number;
        };
        /** @description A window of a folder. */
        InboxPage: {
            /** @description The conditions of `q` that were not understood, and searched for as words. */
            as_words: string[];
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description The records of the window. */
            records: components["schemas"]["InboxRow"][];
            /** @description The timeline of that. */
            timeline: string;
        };
        /** @description A thread as a row of the inbox. */
        InboxRow: {
            /**
             * Format: int64
             * @description The place of the last word in it that is not the company's.
             */
            attention_ordinal: number;
            /** @description Its categories. */
            category_ids: string[];
            /** @description Whether it is closed. */
            closed: boolean;
            /**
             * Format: int64
             * @description How many contents it has.
             */
            contents_count: number;
            /**
             * Format: date-time
             * @description Until when it is put aside.
             */
            deferred_at: string | null;
            /**
             * Format: date-time
             * @description Since when nothing is to be done in it.
             */
            done_at: string | null;
            /** @description Its id. */
            id: string;
            /** @description The customer; null while there is none, as in a discussion that an agent began with nobody. */
            identity: components["schemas"]["RowCustomer"] | null;
            /** @description The newest intervention; null when there was none. */
            intervention: components["schemas"]["RowIntervention"] | null;
            /** @description The newest content; null when there is none. */
            last_content: components["schemas"]["RowContent"] | null;
            /**
             * Format: int64
             * @description The place of its last content.
             */
            last_ordinal: number;
            /** @description Where it stands, where it is a live chat. */
            live_chat: components["schemas"]["RowLiveChat"] | null;
            /** @description Whether it is marked for the caller, read or not; null in what is told to all. */
            marked: boolean | null;
            /** @description Whether it is because somebody has mentioned them; null in what is told to all. */
            mentioned: boolean | null;
            /** @description Who has it. */
            owner: components["schemas"]["Owner"] | null;
            /**
             * Format: int64
             * @description Grows each time that it gets another owner.
             */
            owner_epoch: number;
            /**
             * Format: int64
             * @description The place up to which the caller has read it; null in what is told to all.
             */
            read_ordinal: number | null;
            /** @description Its source; null when that is gone. */
            source: components["schemas"]["RowSource"] | null;
            /** @description Where it stands. */
            state: components["schemas"]["ThreadState"];
            /** @description Its tags. */
            tag_ids: string[];
            /** @description Whether the customer can write no texts of their own now. */
            text_input_disabled: boolean;
            /** @description Its title, where there is one. */
            title: string | null;
            /** @description Whether something in it waits for approval. */
            to_approve: boolean;
            /** @description Why the last answer in it is to be looked at. */
            trouble: components["schemas"]["Trouble"] | null;
            /** @description Whether the caller has not read it, or it is marked for them; null in what is told to all. */
            unread: boolean | null;
            /**
             * Format: date-time
             * @description When something was said last.
             */
            updated_at: string;
            /**
             * Format: date-time
             * @description Since when its customer waits; null while they do not.
             */
            waiting_since: string | null;
        };
        /** @description One thread with all that the console shows of it. */
        InboxThread: {
            /** @description When its visitor agreed to what the chat asks for before they write; null for never. */
            agreed_at: string | null;
            /** @description The endings of files that may be sent; null where every type is, empty where none is. */
            attachment_extensions: string[] | null;
            /**
             * Format: uint
             * @description The largest file that may be sent, in bytes.
             */
            attachment_max_bytes: number;
            /** @description What the caller may do with it. */
            can: components["schemas"]["ThreadAbilities"];
            /** @description The private comments on it, oldest first. */
            comments: components["schemas"]["CommentView"][];
            /** @description A window of its contents, oldest first. */
            contents: components["schemas"]["ContentView"][];
            /** @description The custom fields of persons and interventions. */
            custom_fields: components["schemas"]["CustomField"][];
            /** @description What the caller is writing on it. */
            draft: components["schemas"]["Draft"] | null;
            /** @description The customer; null while there is none. */
            identity: components["schemas"]["CustomerView"] | null;
            /** @description The person that the customer belongs to. */
            identity_group: components["schemas"]["IdentityGroup"] | null;
            /** @description Its interventions, oldest first. */
            interventions: components["schemas"]["InterventionView"][];
            /** @description The bot that had it last. */
            last_bot_id: string | null;
            /** @description What was done to it, oldest first. */
            lines: components["schemas"]["ThreadLine"][];
            /**
             * Format: uint
             * @description How many characters a content may have.
             */
            max_characters: number;
            /** @description Whether there are older contents. */
            more: boolean;
            /** @description The customer's other threads, newest activity first. */
            other_threads: components["schemas"]["InboxRow"][];
            /** @description The page that the customer last looked at. */
            page: components["schemas"]["VisitedPage"] | null;
            /** @description The pages that they looked at between messages, the first one first. */
            pages: components["schemas"]["VisitPage"][];
            /**
             * Format: int64
             * @description The position in the journal at which it was read: the socket goes on from there.
             */
            position: number;
            /** @description The thread as a row. */
            thread: components["schemas"]["InboxRow"];
            /** @description The timeline of that. */
            timeline: string;
            /** @description The name of the trigger from which it began; null for none. */
            trigger: string | null;
            /** @description The custom variables of that chat that are for agents, under their names. */
            variables: components["schemas"]["LabelledVariable"][];
            /** @description The other users who look at it. */
            viewers: components["schemas"]["Viewer"][];
            /** @description What is known of their visit, where the source is a chat. */
            visit: components["schemas"]["InboxVisit"] | null;
            /** @description As whom the caller can choose to write, the usual one first; empty where there is no choice. */
            writes_as: components["schemas"]["ContentAuthor"][];
        };
        /** @description What is known of a visit, by the word of the visitor's browser. */
        InboxVisit: {
            /** @description The browser with its version. */
            browser: string | null;
            /** @description Whether their chat is connected now. */
            connected: boolean;
            /** @description Whether that is a `phone`, a `tablet` or a `computer`. */
            device: string | null;
            /** @description The language that it prefers. */
            locale: string | null;
            /**
             * Format: int64
             * @description By how many minutes the visitor's zone is behind UTC.
             */
            offset: number | null;
            /**
             * Format: int64
             * @description How many pages this one has.
             */
            pages: number | null;
            /** @description The page from which they came to the site. */
            referrer: string | null;
            /**
             * Format: date-time
             * @description When they opened a page with the chat last.
             */
            seen_at: string;
            /** @description What it runs on. */
            system: string | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            visit_at: string | null;
            /**
             * Format: int64
             * @description How many visits there were, this one included.
             */
            visits: number | null;
        };
        /** @description An intervention as the API shows it. Times that end in `_bh` are counted in the business hours of its source. */
        Intervention: {
            /** @description Its categories. */
            category_ids: string[];
            /** @description Whether it is closed. */
            closed: boolean;
            /**
             * Format: date-time
             * @description When it was closed.
             */
            closed_at: string | null;
            /**
             * Format: int64
             * @description How many comments it has.
             */
            comments_count: number;
            /** @description The content to answer. */
            content_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Values of custom fields by their keys. */
            custom_fields: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description Until when it is put aside.
             */
            deferred_at: string | null;
            /** @description The customer's language. Always null: it is not looked for. */
            detected_language: string | null;
            /** @description The agent's first answer. */
            first_user_reply_id: string | null;
            /**
             * Format: int64
             * @description Seconds until the first answer.
             */
            first_user_reply_in: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            first_user_reply_in_bh: number | null;
            /** @description Its id. */
            id: string;
            /** @description The person, as an identity group. */
            identity_group_id: string | null;
            /** @description The customer. */
            identity_id: string;
            /**
             * Format: int64
             * @description Seconds until the last answer.
             */
            last_user_reply_in: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            last_user_reply_in_bh: number | null;
            /**
             * Format: int64
             * @description The epoch of its thread now, under which the next word in it is composed: an extension.
             */
            owner_epoch: number;
            /**
             * Format: date-time
             * @description When the customer answered the survey.
             */
            satisfaction_answered_at: string | null;
            /**
             * Format: int64
             * @description The customer's grade.
             */
            satisfaction_grade: number | null;
            /**
             * Format: date-time
             * @description When the survey was sent.
             */
            satisfaction_sent_at: string | null;
            /** @description Its source. */
            source_id: string;
            /** @description `Opened`, `Reopened`, `Deferred` or `Closed`. */
            status: string;
            /** @description The survey that was sent. */
            survey_id: string | null;
            /** @description The answer to the survey. */
            survey_response_id: string | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @description Whether contents are translated. Always false: nothing is. */
            translation_enabled: boolean;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The agent or the bot. */
            user_id: string;
            /**
             * Format: int64
             * @description How many answers there were.
             */
            user_replies_count: number;
            /**
             * Format: int64
             * @description Seconds until an answer, on average.
             */
            user_reply_in_average: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            user_reply_in_average_bh: number | null;
            /**
             * Format: int64
             * @description How many answers the average is of.
             */
            user_reply_in_average_count: number;
        };
        /** @description A comment as the API shows it. `videntity_id` is the file's own spelling; `identity_id` is given beside it. */
        InterventionComment: {
            /** @description What there is to note. */
            body: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The customer. */
            identity_id: string;
            /** @description The intervention. */
            intervention_id: string;
            /** @description The thread it is on. */
            thread_id: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The author. */
            user_id: string;
            /** @description The customer, under the name that the reference has. */
            videntity_id: string;
        };
        /** @description A window of a list. */
        InterventionCommentPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["InterventionComment"][];
        };
        /** @description A window of a list. */
        InterventionPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Intervention"][];
        };
        /**
         * @description Where an intervention stands.
         * @enum {string}
         */
        InterventionStatus: "open" | "deferred" | "closed";
        /** @description An intervention as the console shows it. */
        InterventionView: {
            /** @description Its categories. */
            category_ids: string[];
            /** @description Whether it is closed. */
            closed: boolean;
            /**
             * Format: date-time
             * @description When it was closed.
             */
            closed_at: string | null;
            /**
             * Format: int64
             * @description How many comments it has.
             */
            comments_count: number;
            /** @description The content that it is about. */
            content_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Values of custom fields by their keys. */
            custom_fields: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description Until when it is put aside.
             */
            deferred_at: string | null;
            /** @description The customer's language. Always null: it is not looked for. */
            detected_language: string | null;
            /** @description The agent's first answer. */
            first_user_reply_id: string | null;
            /**
             * Format: int64
             * @description Seconds until the first answer.
             */
            first_user_reply_in: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            first_user_reply_in_bh: number | null;
            /** @description Its id. */
            id: string;
            /** @description The person, as an identity group. */
            identity_group_id: string | null;
            /** @description The customer. */
            identity_id: string;
            /**
             * Format: int64
             * @description Seconds until the last answer.
             */
            last_user_reply_in: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            last_user_reply_in_bh: number | null;
            /**
             * Format: int64
             * @description The epoch of its thread now, under which the next word in it is composed: an extension.
             */
            owner_epoch: number;
            /**
             * Format: date-time
             * @description When the customer answered the survey.
             */
            satisfaction_answered_at: string | null;
            /**
             * Format: int64
             * @description The customer's grade.
             */
            satisfaction_grade: number | null;
            /**
             * Format: date-time
             * @description When the survey was sent.
             */
            satisfaction_sent_at: string | null;
            /** @description Its source. */
            source_id: string;
            /** @description Where it stands. */
            state: components["schemas"]["InterventionStatus"];
            /** @description `Opened`, `Reopened`, `Deferred` or `Closed`. */
            status: string;
            /** @description The survey that was sent. */
            survey_id: string | null;
            /** @description The answer to the survey. */
            survey_response_id: string | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @description Whether contents are translated. Always false: nothing is. */
            translation_enabled: boolean;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The agent or the bot. */
            user: components["schemas"]["NamedUser"] | null;
            /** @description The agent or the bot. */
            user_id: string;
            /**
             * Format: int64
             * @description How many answers there were.
             */
            user_replies_count: number;
            /**
             * Format: int64
             * @description Seconds until an answer, on average.
             */
            user_reply_in_average: number | null;
            /**
             * Format: int64
             * @description The same in business hours.
             */
            user_reply_in_average_bh: number | null;
            /**
             * Format: int64
             * @description How many answers the average is of.
             */
            user_reply_in_average_count: number;
        };
        /** @description A key as the API shows it: never its secret. */
        JwtKey: {
            /**
             * @description How it signs.
             * @enum {string}
             */
            algorithm: "HS256" | "RS256";
            /** @description Its community. */
            community_id: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The key's name. */
            key_id: string;
            /** @description The public key in PEM; null for a secret. */
            public_key: string | null;
        };
        /** @description A window of a list. */
        JwtKeyPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["JwtKey"][];
        };
        /** @description An identity with what it belongs to. */
        KnownIdentity: {
            /** @description The name of its community. */
            community: string;
            /** @description The identity. */
            identity: components["schemas"]["Identity"];
            /** @description The person that it belongs to. */
            identity_group: components["schemas"]["IdentityGroup"] | null;
            /** @description Whether it came to its person by a merge, and can be taken out. */
            joined: boolean;
        };
        /** @description A custom variable of the chat. */
        LabelledVariable: {
            /** @description What people call it. */
            label: string;
            /** @description By which pages name it. */
            name: string;
            /** @description What it holds: a text, a number or a truth value. */
            value: unknown;
        };
        /** @description A customer in the list of all. */
        ListedCustomer: {
            /** @description The name of its community. */
            community: string;
            /** @description The identity. */
            identity: components["schemas"]["Identity"];
            /** @description The person that it belongs to. */
            identity_group: components["schemas"]["IdentityGroup"] | null;
            /** @description Whether it came to its person by a merge, and can be taken out. */
            joined: boolean;
            /** @description Their last conversation; null where they have none that the caller sees. */
            last_thread: components["schemas"]["InboxRow"] | null;
        };
        /** @description A language of contents. */
        Locale: {
            /** @description Its code. */
            code: string;
            /** @description The console speaks it too. */
            interface: boolean;
            /** @description Its name, in English. */
            name: string;
        };
        /** @description To whom an answer goes. */
        MailAddressed: {
            /** @description Those who get a copy. */
            cc: string[];
            /** @description Those it is written to. */
            to: string[];
        };
        /** @description A try at a mail. */
        MailAttempt: {
            /** @description What the server answered when it took the mail. */
            answer: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            at: string;
            /**
             * Format: int64
             * @description The code of the server's refusal.
             */
            code: number | null;
            /**
             * Format: int64
             * @description How many milliseconds it took.
             */
            duration_ms: number;
            /** @description What went wrong. */
            error: string | null;
        };
        /** @description What a composer is told of a mail. */
        MailComposer: {
            /** @description Whom it is from, as its recipients see it. */
            from: string | null;
            /** @description Whether files that do not fit into that go as links to them; else it is refused. */
            link_large_files: boolean;
            /**
             * Format: int64
             * @description How large it may be with its files, in bytes.
             */
            max_bytes: number;
            /**
             * Format: uint
             * @description How many recipients it may have.
             */
            max_recipients: number;
            /**
             * Format: uint
             * @description How long its text may be, in characters.
             */
            max_text: number;
            /** @description The mailbox's own addresses: it may go from each of them. */
            own_addresses: string[];
            /** @description Whether what it answers stands below it, where that is not said. */
            quote_answered: boolean;
            /** @description Why nothing can be sent from the mailbox; null when mails can be. */
            refused: components["schemas"]["MailRefused"] | null;
            /** @description To whom an answer goes; null for a new mail. */
            reply: components["schemas"]["MailAddressed"] | null;
            /** @description To whom an answer to all goes; null for a new mail. */
            reply_all: components["schemas"]["MailAddressed"] | null;
            /** @description What stands below it. */
            signature: string | null;
            /** @description The subject of an answer; null for a new mail. */
            subject: string | null;
        };
        /** @description A mail as the API shows it. */
        MailDelivery: {
            /** @description The tries, oldest first. One whose end nobody saw is not among them. */
            attempts: components["schemas"]["MailAttempt"][];
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts_count: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the server took it.
             */
            delivered_at: string | null;
            /**
             * Format: date-time
             * @description When it is not tried any more.
             */
            expires_at: string;
            /** @description Its id. */
            id: string;
            /** @description What it is sent for. */
            kind: components["schemas"]["MailKind"];
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            next_attempt_at: string | null;
            /** @description The address that it goes to. */
            recipient: string;
            /** @description Who has that address. */
            recipient_name: string | null;
            /** @description Where it stands: it waits, or the server has taken it, or it is parked. */
            state: components["schemas"]["DeliveryState"];
            /** @description What it is about. */
            subject: string;
            /** @description The user whom it is for; null when it is for nobody of the desk. */
            user_id: string | null;
        };
        /** @description A window of a list. */
        MailDeliveryPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["MailDelivery"][];
        };
        /** @description What a content has that came as a mail, or goes out as one. */
        MailFacts: {
            /** @description Who gets ours without the others knowing. */
            bcc: string[];
            /** @description Who got a copy. */
            cc: string[];
            /** @description Why a copy of ours does not lie in the mailbox for those; null where it does, is to, or there is to be none. */
            copy_missing: string | null;
            /** @description How ours fares with each of those; empty for mails that came. */
            deliveries: components["schemas"]["MailRecipientState"][];
            /** @description Whose mail somebody of the company passes on in it, who may be made the customer; null otherwise. */
            forwarded_from: string | null;
            /** @description Whom it is from, as they write themselves. */
            from: string | null;
            /** @description What of one that came was too large, and was not fetched. */
            left_out: components["schemas"]["MailPartLeft"][];
            /** @description What has to be known of it. */
            notes: ("encrypted" | "file_empty" | "file_too_large" | "files_cut" | "forged" | "mail_cut" | "other_address" | "text_cut" | "unwanted")[];
            /** @description Some of those get it, and some do not. */
            partly_delivered: boolean;
            /**
             * Format: int64
             * @description Where in its text quoted text begins, in characters; null where there is none.
             */
            quote_from: number | null;
            /** @description Where answers go, when that is told. */
            reply_to: string[];
            /**
             * @description By what it joined its conversation; null for ours.
             * @enum {string|null}
             */
            thread_reason: "ancestor" | "manual" | "new" | "reference" | "report" | "subject" | "subject_changed" | "token" | "too_old" | null;
            /** @description To whom it was written. */
            to: string[];
        };
        /**
         * @description What a mail is sent for.
         * @enum {string}
         */
        MailKind: "test" | "invitation" | "password_recovery" | "second_factor_reset" | "unread_messages" | "template_preview";
        /** @description A part of a mail that was not fetched. */
        MailPartLeft: {
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description About how many bytes it has.
             */
            size: number;
        };
        /** @description How a mail of ours fares with one of those whom it goes to. */
        MailRecipientState: {
            /** @description The address. */
            address: string;
            /** @description The code of the server that said so last. */
            code: string | null;
            /**
             * @description Where it stands.
             * @enum {string}
             */
            field: "to" | "cc" | "bcc";
            /** @description What that said. */
            reason: string | null;
            /** @description How it fares: `sent` when the mailbox's own server has taken it. */
            state: components["schemas"]["MailState"];
        };
        /** @description Why nothing can be sent. */
        MailRefused: {
            /** @description For programs. */
            code: string;
            /** @description In English. */
            message: string;
        };
        /** @description How mails are sent. */
        MailSender: {
            /** @description The address that mails come from; null where none are sent. */
            from: string | null;
            /**
             * @description How the connection to the server is guarded.
             * @enum {string|null}
             */
            security: "none" | "starttls" | "tls" | null;
            /** @description The server that takes them, and its port. */
            server: string | null;
            /**
             * @description Where mails go; null where none are sent.
             * @enum {string|null}
             */
            way: "smtp" | "folder" | null;
        };
        /**
         * @description How a mail of ours fares with one of those whom it goes to. It never becomes less than it was.
         * @enum {string}
         */
        MailState: "waiting" | "sent" | "failed" | "delivered" | "read";
        /** @description Something that a trigger does. */
        MessagingAction: {
            /** @description The invitation of `show_invitation`. */
            item_id?: string | null;
            /** @description The buttons of `show_button`. */
            item_ids?: string[] | null;
            /** @description The message of `automatic_message`. */
            message_id?: string | null;
            /** @description What. */
            type: string;
        };
        /** @description Something that must hold of a visit. */
        MessagingCondition: {
            /** @description What is looked at: a criterion, or the name of a custom variable. */
            criterion: string;
            /** @description How it is compared. */
            operator: string;
            /** @description On which pages of the visit. */
            position: string;
            /** @description With what; null where nothing is compared. */
            value: unknown;
        };
        /** @description What templates are made of. */
        MessagingEmailBasis: {
            /** @description The words where there is no template. */
            built_in: components["schemas"]["MessagingEmailWords"][];
            /** @description Those that can stand for each of the `messages`. */
            message_placeholders: string[];
            /** @description The names that can stand in subject and HTML. */
            placeholders: string[];
            /** @description Whether this server sends mails. */
            sends: boolean;
        };
        /** @description A mail with made-up values. */
        MessagingEmailPreview: {
            /** @description The whole of it in HTML, made safe. */
            html: string;
            /** @description What a mail is about. Left out: as it is built in. */
            subject: string;
            /** @description The same without HTML. */
            text: string;
        };
        /** @description A template as the API shows it. */
        MessagingEmailTemplate: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description What it says, in HTML, made safe when it is sent. Left out: as it is built in. */
            html: string;
            /** @description Its id. */
            id: string;
            /** @description The language: a code such as `fr` or `pt-BR`. */
            language: string;
            /** @description What a mail is about. Left out: as it is built in. */
            subject: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        MessagingEmailTemplatePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["MessagingEmailTemplate"][];
        };
        /** @description Words in a language. */
        MessagingEmailWords: {
            /** @description What a mail says. */
            html: string;
            /** @description The language it is in, where it is known. */
            language: string;
            /** @description What it is about. */
            subject: string;
        };
        /** @description Where a variable is found in a page. */
        MessagingInPage: {
            /** @description Of which attribute of an element; null for its value or text. */
            attribute: string | null;
            /** @description How: `selector`, `meta`, `js_path`, `cookie` or `url_parameter`. */
            by: string;
            /** @description Where. */
            expression: string;
            /** @description A regular expression whose first group is the value; null for all of it. */
            pattern: string | null;
        };
        /** @description An item of a chat's catalogue as the API shows it. */
        MessagingItem: {
            /** @description Whether it is in use. */
            active: boolean;
            /** @description What an automatic message says, by language. */
            body: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its style: CSS with nesting, and lines `$name: value;` of the documented variables. Empty for what is built in. */
            css: string;
            /** @description Its markup, which is made safe; `{{key}}` stands for a text. Empty for what is built in. */
            html: string;
            /** @description That of one that was removed: it comes back under it. */
            id: string;
            /** @description Its name, for agents and for programs on the page. */
            label: string;
            /** @description Whether it has another dress while no agent is there. */
            offline_support: boolean;
            /**
             * Format: int64
             * @description Its place in the catalogue.
             */
            position: number;
            /** @description Where a button stands: over the page, or at the place that the page has for it. */
            positioning: components["schemas"]["Positioning"];
            /** @description Whether markup and style are those that are built in. */
            prebuilt: boolean;
            /**
             * Format: int64
             * @description How many pixels of height the page keeps free for a fixed button.
             */
            reserve_height: number | null;
            /** @description The chat. It cannot be changed. */
            source_id: string;
            /** @description The texts that stand for keys in its markup, by language and key. */
            texts: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** @description What it is. It cannot be changed. */
            type: components["schemas"]["ChatItemKind"];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Grows with each change.
             */
            version: number;
        };
        /** @description A window of a list. */
        MessagingItemPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["MessagingItem"][];
        };
        /** @description A trigger of a chat as the API shows it. */
        MessagingTrigger: {
            /** @description What is done then: maps of a `type` with its `item_ids`, `item_id` or `message_id`. */
            actions: components["schemas"]["MessagingAction"][];
            /** @description Whether it is in use. */
            active: boolean;
            /** @description Whether it also acts where the visitor writes already. */
            also_when_engaged: boolean;
            /** @description Whether it came with the chat and shows the chat's own button: it can be switched off, and not removed. */
            built_in: boolean;
            /** @description What a conversation gets that begins from it, beside the source's defaults. */
            category_ids: string[];
            /** @description What must hold, all of it; up to 20 maps of `criterion`, `position` (`current` when it is left out), `operator` and `value`. */
            conditions: components["schemas"]["MessagingCondition"][];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description That of one that was removed: it comes back under it. */
            id: string;
            /** @description Its name, for agents and for programs on the page. */
            label: string;
            /** @description The language of such a conversation, such as `fr`; empty for the page's. */
            language: string | null;
            /** @description Whether it acts once in a visit. */
            once_per_visit: boolean;
            /** @description Whether it acts only while agents could take a conversation. */
            only_if_agents_available: boolean;
            /**
             * Format: int64
             * @description Its place in the order in which triggers are looked at.
             */
            position: number;
            /**
             * Format: double
             * @description How many more conversations than agents can take may wait, as a share of those. Empty for as the source says.
             */
            queuing_factor: number | null;
            /** @description The chat. It cannot be changed. */
            source_id: string;
            /** @description Whether no other trigger acts after it in the same visit. */
            stop_after: boolean;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Grows with each change.
             */
            version: number;
        };
        /** @description A window of a list. */
        MessagingTriggerPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["MessagingTrigger"][];
        };
        /** @description A custom variable of a chat as the API shows it. */
        MessagingVariable: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description That of one that was removed: it comes back under it. */
            id: string;
            /** @description Where it is found in a page; null where the page tells it. */
            in_page: components["schemas"]["MessagingInPage"] | null;
            /** @description What it holds. It cannot be changed. */
            kind: components["schemas"]["VariableKind"];
            /** @description The name that people see. */
            label: string;
            /** @description By which pages and triggers name it: `custom_` and a-z, 0-9, _. It cannot be changed. */
            name: string;
            /** @description Whether it tells of the person, and goes with them. */
            personal: boolean;
            /**
             * Format: int64
             * @description Its place among the others.
             */
            position: number;
            /** @description Whether agents see it beside the conversation. */
            show_to_agents: boolean;
            /** @description The chat. It cannot be changed. */
            source_id: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Grows with each change.
             */
            version: number;
        };
        /** @description A window of a list. */
        MessagingVariablePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["MessagingVariable"][];
        };
        /** @description A user's id and name. */
        NamedUser: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description What happened to a conversation, or to a reply, of somebody.
         * @enum {string}
         */
        NoticeKind: "given" | "taken" | "done" | "approved" | "refused" | "failed" | "mention";
        /** @description Something that happened to a conversation of the caller's. */
        Notification: {
            /** @description Who did it; null for what happened by itself. */
            by: components["schemas"]["NamedUser"] | null;
            /** @description The comment that it is about. */
            comment_id: string | null;
            /** @description The reply that it is about. */
            content_id: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description How the reply or the comment begins. */
            excerpt: string | null;
            /** @description Its id. */
            id: string;
            /** @description What happened. */
            kind: components["schemas"]["NoticeKind"];
            /** @description Whether the caller has seen it. */
            seen: boolean;
            /** @description The conversation as it is now. */
            thread: components["schemas"]["InboxRow"];
        };
        /** @description What happened to conversations of the caller's. */
        Notifications: {
            /** @description There are older ones. */
            more: boolean;
            /** @description Newest first. */
            records: components["schemas"]["Notification"][];
            /**
             * Format: int64
             * @description How many of all the caller has not seen.
             */
            unseen: number;
        };
        /** @description How many the caller has not seen. */
        NotificationsSeen: {
            /**
             * Format: int64
             * @description How many that are.
             */
            unseen: number;
        };
        /** @description Somebody's own picture. */
        OwnPicture: {
            /** @description Where it is; null while there is none. */
            url: string | null;
        };
        /** @description A session as its user sees it. */
        OwnSession: {
            /** @description The browser; null where it is none that is known. */
            browser: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether it is the one that asks. */
            current: boolean;
            /** @description Its id. */
            id: string;
            /** @description From which address, or network of IPv6, it was used last. */
            network: string | null;
            /** @description On which system; null where it is none that is known. */
            system: string | null;
            /**
             * Format: date-time
             * @description When it was used last, but for five minutes.
             */
            used_at: string;
        };
        /** @description Where one is signed in. */
        OwnSessions: {
            /** @description Those that were used last first. */
            sessions: components["schemas"]["OwnSession"][];
        };
        /** @description Who has a thread: the user of its newest open or deferred intervention. */
        Owner: {
            /** @description Which user. */
            id: string;
            /** @description Their name. */
            name: string;
            /** @description A program or a person. */
            type: components["schemas"]["OwnerType"];
        };
        /**
         * @description What has a thread: a program or a person.
         * @enum {string}
         */
        OwnerType: "bot" | "agent";
        /** @description A page's custom variables, by name. */
        PageVariables: {
            [key: string]: unknown;
        };
        /** @description What came in and could not be taken in. */
        ParkedItem: {
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts_count: number;
            /** @description Its id. */
            id: string;
            /** @description What it is: `message`, `private_message` or `thread`. */
            kind: string;
            /** @description Why it could not be taken in, in words. */
            last_error: string;
            /** @description What came, as it came. */
            payload: string;
            /**
             * Format: date-time
             * @description When it came first.
             */
            received_at: string;
            /** @description Its source. */
            source_id: string;
            /**
             * Format: date-time
             * @description When it was tried last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        ParkedItemPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["ParkedItem"][];
        };
        /**
         * @description Where a part of such a content stands: one of the requests that it takes.
         * @enum {string}
         */
        PartState: "waiting" | "unknown" | "sent";
        /** @description A part of the journal. */
        Passage: {
            /**
             * Format: int64
             * @description The newest position of the whole journal.
             */
            head: number;
            /**
             * Format: int64
             * @description Up to where this answer has come: the next `after`. What is left out before it is not for the caller.
             */
            position: number;
            /** @description The events, in the order in which they were committed, in the form of webhooks. */
            records: unknown[];
            /** @description The timeline that positions are of: a server that was restored from a backup has another one. */
            timeline: string;
        };
        /**
         * @description A permission of a role, named as in the reference's role object.
         * @enum {string}
         */
        Permission: "access_help_center" | "access_previous_messages" | "access_pull_mode" | "admin_stamp_answer" | "anonymize_identity" | "approve_content" | "ask_an_expert" | "assign_intervention" | "author_block_content" | "close_content_thread" | "create_and_destroy_extension" | "create_community" | "create_content_source" | "create_user" | "delay_export_content" | "delete_content_thread" | "escalate_to_video" | "export_identity" | "impersonate_user" | "invite_user" | "lock_identity" | "manage_api_access_tokens" | "manage_app_sdk_applications" | "manage_automatic_exports_tasks" | "manage_categories" | "manage_chat" | "manage_custom_fields" | "manage_custom_notifications" | "manage_emails_templates" | "manage_folders" | "manage_ice" | "manage_identities" | "manage_messaging" | "manage_own_notifications" | "manage_reply_assistant" | "manage_roles" | "manage_rules_engine_rules" | "manage_surveys" | "manage_tags" | "manage_teams" | "manage_topologies" | "manage_users_of_my_teams" | "monitor_tasks" | "monitor_team_tasks" | "mute_content" | "open_content_thread" | "publish_content" | "read_community" | "read_content_source" | "read_event" | "read_export" | "read_identity" | "read_own_stats" | "read_presence" | "read_stats" | "read_surveys" | "read_user" | "receive_tasks" | "reply_with_assistant" | "search_contents" | "search_event" | "update_community" | "update_content_source" | "update_extension" | "update_identity" | "update_intervention" | "update_own_intervention" | "update_settings" | "update_time_sheet" | "update_user" | "use_cobrowsing" | "use_emoji";
        /**
         * @description Where an item of a chat stands.
         * @enum {string}
         */
        Positioning: "floating" | "fixed";
        /** @description A presence status as the API shows it. */
        PresenceStatus: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. No two statuses have the same. */
            name: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        PresenceStatusPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["PresenceStatus"][];
        };
        /** @description A QR code, to be drawn. */
        QrCode: {
            /** @description The dark squares, as the path of an SVG in which each is one unit wide. */
            path: string;
            /**
             * Format: uint
             * @description How many squares it is wide and high, without a margin.
             */
            size: number;
        };
        /** @description Whose password it was. */
        Recovered: {
            /** @description An e-mail address: mails from it, and whoever is known by it. */
            email: string;
        };
        /** @description Codes that are shown once. */
        RecoveryCodes: {
            /** @description Each lets one in once, in the place of the app. */
            recovery_codes: string[];
        };
        /** @description A wording with its variables filled in. */
        RenderedReply: {
            /** @description The text for this customer and this agent. */
            body: string;
            /** @description The answer that it words. */
            entry_id: string;
            /** @description `text` or `html`. */
            format: components["schemas"]["BodyFormat"];
            /** @description Its id. */
            id: string;
            /** @description Its language. */
            language: string | null;
            /** @description The variables that have no value here. */
            missing: string[];
        };
        /** @description Which positions of the journal are to be sent again. */
        Replay: {
            /**
             * Format: int64
             * @description The last one.
             */
            last: number;
            /**
             * Format: int64
             * @description The next one.
             */
            next: number;
        };
        /** @description A ready answer. */
        ReplyEntry: {
            /** @description Only for messages of these categories; all when empty. */
            category_ids: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The group that it is in. */
            entry_group_id: string | null;
            /** @description The company's own id of it. */
            foreign_id: string | null;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description What an agent types to get it, parted by commas. */
            shortcuts: string;
            /** @description Only on these sources; all when empty. */
            source_ids: string[];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Its wordings. */
            version_ids: string[];
        };
        /** @description A window of a list. */
        ReplyEntryPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["ReplyEntry"][];
        };
        /** @description A group of ready answers. */
        ReplyGroup: {
            /** @description Its answers are offered while an agent types. */
            autocomplete: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The entries that are in it. */
            entry_ids: string[];
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Its place among the groups, smaller ones first.
             */
            position: number;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        ReplyGroupPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["ReplyGroup"][];
        };
        /** @description A ready answer that fits a content. */
        ReplySuggestion: {
            /** @description It may be offered while the agent types. */
            autocomplete: boolean;
            /** @description The company's own id of it. */
            foreign_id: string | null;
            /** @description The name of its group. */
            group: string | null;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description What an agent types to get it. */
            shortcuts: string[];
            /** @description The wording that fits best. */
            version: components["schemas"]["RenderedReply"];
        };
        /** @description One wording of a ready answer. */
        ReplyVersion: {
            /**
             * Format: int64
             * @description Wordings have no files in this version: 0.
             */
            attachments_count: number;
            /** @description The text, with variables. */
            body: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The answer that it words. */
            entry_id: string;
            /** @description `text` or `html`. */
            format: components["schemas"]["BodyFormat"];
            /** @description Its id. */
            id: string;
            /** @description Its language; null for any. */
            language: string | null;
            /** @description Only on these sources; all when empty. */
            source_ids: string[];
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        ReplyVersionPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["ReplyVersion"][];
        };
        /** @description How many deliveries are sent again. */
        Resent: {
            /**
             * Format: uint64
             * @description How many deliveries are sent again.
             */
            count: number;
        };
        /** @description Who sees a folder. */
        Restriction: {
            /** @description Just these; everybody when there are none. */
            only: string[];
        };
        /** @description A role as the API shows it: every permission is a field. */
        Role: {
            /** @description Whether users of this role have this permission. */
            access_help_center: boolean;
            /** @description Whether users of this role have this permission. */
            access_previous_messages: boolean;
            /** @description Whether users of this role have this permission. */
            access_pull_mode: boolean;
            /** @description Whether users of this role have this permission. */
            admin_stamp_answer: boolean;
            /** @description Whether users of this role have this permission. */
            anonymize_identity: boolean;
            /** @description Whether users of this role have this permission. */
            approve_content: boolean;
            /** @description Whether users of this role have this permission. */
            ask_an_expert: boolean;
            /** @description Whether users of this role have this permission. */
            assign_intervention: boolean;
            /** @description Whether users of this role have this permission. */
            author_block_content: boolean;
            /** @description Whether users of this role have this permission. */
            close_content_thread: boolean;
            /** @description Whether users of this role have this permission. */
            create_and_destroy_extension: boolean;
            /** @description Whether users of this role have this permission. */
            create_community: boolean;
            /** @description Whether users of this role have this permission. */
            create_content_source: boolean;
            /** @description Whether users of this role have this permission. */
            create_user: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether users of this role have this permission. */
            delay_export_content: boolean;
            /** @description Whether users of this role have this permission. */
            delete_content_thread: boolean;
            /** @description Whether users of this role have this permission. */
            escalate_to_video: boolean;
            /** @description Whether users of this role have this permission. */
            export_identity: boolean;
            /** @description Its id. */
            id: string;
            /** @description Whether users of this role have this permission. */
            impersonate_user: boolean;
            /** @description Whether users of this role have this permission. */
            invite_user: boolean;
            /** @description Its name. */
            label: string;
            /** @description Whether users of this role have this permission. */
            lock_identity: boolean;
            /** @description Whether users of this role have this permission. */
            manage_api_access_tokens: boolean;
            /** @description Whether users of this role have this permission. */
            manage_app_sdk_applications: boolean;
            /** @description Whether users of this role have this permission. */
            manage_automatic_exports_tasks: boolean;
            /** @description Whether users of this role have this permission. */
            manage_categories: boolean;
            /** @description Whether users of this role have this permission. */
            manage_chat: boolean;
            /** @description Whether users of this role have this permission. */
            manage_custom_fields: boolean;
            /** @description Whether users of this role have this permission. */
            manage_custom_notifications: boolean;
            /** @description Whether users of this role have this permission. */
            manage_emails_templates: boolean;
            /** @description Whether users of this role have this permission. */
            manage_folders: boolean;
            /** @description Whether users of this role have this permission. */
            manage_ice: boolean;
            /** @description Whether users of this role have this permission. */
            manage_identities: boolean;
            /** @description Whether users of this role have this permission. */
            manage_messaging: boolean;
            /** @description Whether users of this role have this permission. */
            manage_own_notifications: boolean;
            /** @description Whether users of this role have this permission. */
            manage_reply_assistant: boolean;
            /** @description Whether users of this role have this permission. */
            manage_roles: boolean;
            /** @description Whether users of this role have this permission. */
            manage_rules_engine_rules: boolean;
            /** @description Whether users of this role have this permission. */
            manage_surveys: boolean;
            /** @description Whether users of this role have this permission. */
            manage_tags: boolean;
            /** @description Whether users of this role have this permission. */
            manage_teams: boolean;
            /** @description Whether users of this role have this permission. */
            manage_topologies: boolean;
            /** @description Whether users of this role have this permission. */
            manage_users_of_my_teams: boolean;
            /** @description Whether users of this role have this permission. */
            monitor_tasks: boolean;
            /** @description Whether users of this role have this permission. */
            monitor_team_tasks: boolean;
            /** @description Whether users of this role have this permission. */
            mute_content: boolean;
            /** @description Whether users of this role have this permission. */
            open_content_thread: boolean;
            /** @description Whether users of this role have this permission. */
            publish_content: boolean;
            /** @description Whether users of this role have this permission. */
            read_community: boolean;
            /** @description Whether users of this role have this permission. */
            read_content_source: boolean;
            /** @description Whether users of this role have this permission. */
            read_event: boolean;
            /** @description Whether users of this role have this permission. */
            read_export: boolean;
            /** @description Whether users of this role have this permission. */
            read_identity: boolean;
            /** @description Whether users of this role have this permission. */
            read_own_stats: boolean;
            /** @description Whether users of this role have this permission. */
            read_presence: boolean;
            /** @description Whether users of this role have this permission. */
            read_stats: boolean;
            /** @description Whether users of this role have this permission. */
            read_surveys: boolean;
            /** @description Whether users of this role have this permission. */
            read_user: boolean;
            /** @description Whether users of this role have this permission. */
            receive_tasks: boolean;
            /** @description Whether users of this role have this permission. */
            reply_with_assistant: boolean;
            /** @description Whether users of this role have this permission. */
            search_contents: boolean;
            /** @description Whether users of this role have this permission. */
            search_event: boolean;
            /** @description Extension: whether its users must have a second factor in the console. */
            second_factor_required: boolean;
            /** @description Extension: what its users may do on sources for which they have no permissions of their own. */
            source_permissions: components["schemas"]["SourcePermission"][];
            /** @description Whether users of this role have this permission. */
            update_community: boolean;
            /** @description Whether users of this role have this permission. */
            update_content_source: boolean;
            /** @description Whether users of this role have this permission. */
            update_extension: boolean;
            /** @description Whether users of this role have this permission. */
            update_identity: boolean;
            /** @description Whether users of this role have this permission. */
            update_intervention: boolean;
            /** @description Whether users of this role have this permission. */
            update_own_intervention: boolean;
            /** @description Whether users of this role have this permission. */
            update_settings: boolean;
            /** @description Whether users of this role have this permission. */
            update_time_sheet: boolean;
            /** @description Whether users of this role have this permission. */
            update_user: boolean;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Whether users of this role have this permission. */
            use_cobrowsing: boolean;
            /** @description Whether users of this role have this permission. */
            use_emoji: boolean;
        };
        /** @description A window of a list. */
        RolePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Role"][];
        };
        /** @description The newest content of a thread, in short. */
        RowContent: {
            /**
             * Format: int64
             * @description How many files it has.
             */
            attachments_count: number;
            /** @description The beginning of its text. */
            body: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whose side it is of. */
            from: components["schemas"]["Side"];
            /** @description Its id. */
            id: string;
        };
        /** @description The customer of a thread, in short. */
        RowCustomer: {
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description How the person is called on the screen. */
            display_name: string;
            /** @description Its id. */
            id: string;
        };
        /** @description The newest intervention on a thread, in short. */
        RowIntervention: {
            /**
             * Format: date-time
             * @description Until when it is put aside.
             */
            deferred_at: string | null;
            /** @description Its id. */
            id: string;
            /** @description Where it stands. */
            status: components["schemas"]["InterventionStatus"];
            /** @description Whose it is. */
            user: components["schemas"]["NamedUser"] | null;
        };
        /** @description Where a live chat stands. */
        RowLiveChat: {
            /** @description Why it has ended. */
            close_cause: components["schemas"]["CloseCause"] | null;
            /**
             * Format: date-time
             * @description Since when its visitor waits for somebody or for an answer; null while they do not.
             */
            pressing_since: string | null;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
            /** @description Whether it waits, somebody has it, or it is over. */
            state: components["schemas"]["ChatState"];
            /**
             * Format: date-time
             * @description Since when its visitor waits for somebody; null while they do not.
             */
            waiting_since: string | null;
        };
        /** @description The source of a thread, in short. */
        RowSource: {
            /** @description The colour of its icon for screens. */
            color_hex: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description What it is connected to. */
            type: components["schemas"]["SourceType"];
        };
        /** @description Where the caller stands. */
        SecondFactor: {
            /** @description Whether a code is asked for beside the password. */
            on: boolean;
            /**
             * Format: date-time
             * @description Since when.
             */
            on_since: string | null;
            /**
             * Format: int64
             * @description How many recovery codes are left.
             */
            recovery_codes_left: number;
            /** @description Whether the caller's role requires it. */
            required: boolean;
        };
        /** @description What an app is given. */
        SecondFactorSetUp: {
            /** @description The key with what it is for. */
            address: string;
            /** @description The key, to be typed. */
            key: string;
            /** @description That as a QR code, to be scanned. */
            qr: components["schemas"]["QrCode"];
        };
        /** @description What is left to do for whoever has a second factor. */
        SecondStep: {
            /**
             * Format: date-time
             * @description Until when.
             */
            expires_at: string;
            /** @description Whether the password is too old, so that `new_password` goes with the code. */
            password_expired: boolean;
            /** @description What goes with the code to `/console/session/code`. */
            token: string;
        };
        /** @description A session as the console sees it. */
        Session: {
            /** @description Whether they must set up a second factor before anything else: all else is refused until then. */
            awaits_second_factor: boolean;
            /** @description What the header `X-CSRF-Token` of each write must say. */
            csrf: string;
            /** @description The desk. */
            domain: components["schemas"]["SessionDomain"];
            /** @description How they have the console look. */
            profile: components["schemas"]["ConsoleProfile"];
            /** @description Who is signed in. */
            user: components["schemas"]["SessionUser"];
        };
        /** @description The desk. */
        SessionDomain: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description Whether the console may show notices of the browser's. */
            notices: boolean;
        };
        /** @description The role of who is signed in. */
        SessionRole: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description What it allows. */
            permissions: components["schemas"]["Permission"][];
        };
        /** @description Who is signed in. */
        SessionUser: {
            /** @description E-mail address. */
            email: string;
            /** @description First name. */
            firstname: string;
            /** @description Its id. */
            id: string;
            /** @description Last name. */
            lastname: string;
            /** @description The language of the console for them. */
            locale: string;
            /** @description Both names. */
            name: string;
            /** @description Their role. */
            role: components["schemas"]["SessionRole"];
            /** @description Their time zone; null for the desk's. */
            timezone: string | null;
        };
        /** @description The settings of the domain as the API shows them. */
        Settings: {
            /** @description Hours after which a user counts as absent. */
            activity_presence_threshold: number;
            /** @description Whether activity is tracked. */
            activity_tracking: boolean;
            /** @description The first day of the week. */
            beginning_of_week: string;
            /** @description Seconds in which a bot must answer before its thread goes to people, where its user says nothing; without a limit when 0: an extension. */
            bot_lease_seconds: number;
            /** @description How many contents bots may write in a thread without a customer's word before it goes to people; without a limit when 0: an extension. */
            bot_loop_limit: number;
            /** @description Whether browsers show no notifications. */
            browser_notifications_disabled: boolean;
            /** @description Whether categories are asked for by source. */
            category_tagging: boolean;
            /** @description The languages that contents are in. */
            content_languages: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether custom scores of contents are taken: an extension. */
            custom_sentiment_analysis: boolean;
            /** @description Whether there is a dashboard. */
            dashboard: boolean;
            /** @description Whether other sites cannot show the console in a frame. */
            deny_iframe_integration: boolean;
            /** @description Whether browsers are asked not to fill in passwords. */
            disable_password_autocomplete: boolean;
            /** @description Whether BBCode that is not known is shown as it is written. */
            display_only_unknown_bbcode: boolean;
            /** @description Whether a copy is kept for tests. */
            dump_in_preprod: boolean;
            /** @description Whether threads scroll to their end. */
            enable_auto_scroll_down: boolean;
            /** @description Seconds after which a password must be changed. */
            expire_password_after: number;
            /** @description Whether passwords must be changed after a time. */
            expire_password_enabled: boolean;
            /** @description Whether exports tell durations in seconds. */
            export_in_seconds: boolean;
            /** @description Whether archived contents are folded. */
            fold_useless_contents: boolean;
            /** @description Hours of a full-time week's data. */
            fte_duration: number;
            /** @description Its id. */
            id: string;
            /** @description Whether identities can be merged. */
            identity_merge: boolean;
            /** @description For how many seconds a customer's word reopens a closed intervention. */
            intervention_closing_period: number;
            /** @description Steps of seconds in statistics of deferred interventions, growing. */
            intervention_defer_rates: number[];
            /** @description Seconds after which a deferral counts as long. */
            intervention_defer_threshold: number;
            /** @description Steps of seconds in statistics of interventions, growing. */
            intervention_rates: number[];
            /** @description Whether pictures keep what cameras noted in them, such as the place: an extension. */
            keep_picture_notes: boolean;
            /** @description The domain's language, such as `en`: that of new users. */
            locale: string;
            /** @description Whether messages are in several languages. */
            multi_lang: boolean;
            /** @description The domain's name. */
            name: string;
            /** @description Whether a new password is none of the last ones. */
            password_archivable_enabled: boolean;
            /** @description How many of the last ones. */
            password_archivable_size: number;
            /** @description Characters of a new password at the least. */
            password_min_length: number;
            /** @description Whether a new password has a character that is neither letter nor digit. */
            password_non_word: boolean;
            /** @description Whether a new password has a digit. */
            password_numbers: boolean;
            /** @description Whether passwords cannot be recovered by mail. */
            password_recovery_disabled: boolean;
            /** @description Whether tasks are pushed to agents. */
            push_enabled: boolean;
            /** @description Whether agents may write as identities of other agents. */
            reply_as_any_identity: boolean;
            /** @description Whether a reply needs an open intervention: an extension. */
            reply_requires_intervention: boolean;
            /** @description Whether texts may run from right to left. */
            rtl_support: boolean;
            /** @description Whether authors may ask for approval of what they write. */
            self_approval_required: boolean;
            /** @description Minutes after which a session of the console ends when it is not used. */
            session_timeout: number;
            /** @description Where the reference keeps a domain; a server of its own has none. */
            sharding_key: string | null;
            /** @description Whether browsers check the spelling. */
            spellchecking: boolean;
            /** @description The look of the console. */
            style: string;
            /** @description Whether services of third parties are left out. */
            third_party_services_disabled: boolean;
            /** @description The domain's time zone, such as `Europe/Paris`. */
            timezone: string;
            /** @description Whether errors of scripts are reported. */
            track_js: boolean;
            /** @description What the domain is for. */
            type: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Seconds in which a live chat is answered. */
            urgent_task_threshold: number;
            /** @description Whether the console uses the system's font. */
            use_system_font: boolean;
            /** @description Whether avatars without a picture have two letters. */
            use_two_letters_avatars: boolean;
        };
        /**
         * @description Whose side a content is of.
         * @enum {string}
         */
        Side: "customer" | "agent";
        /** @description What comes of a password that fits. */
        SignIn: components["schemas"]["Session"] | components["schemas"]["SecondStep"];
        /**
         * @description What an agent wants to be told of aloud.
         * @enum {string}
         */
        SignalLevel: "all" | "mine" | "none";
        /**
         * @description How the console sounds.
         * @enum {string}
         */
        SignalTone: "chime" | "bell" | "knock" | "drop";
        /** @description A text that a user signs with. */
        Signature: {
            /** @description The text. */
            body: string;
            /** @description Its id. */
            id: string;
            /** @description Its language. */
            language: string | null;
            /** @description Its name. */
            name: string | null;
            /** @description For these sources; for all when empty. */
            source_ids: string[];
        };
        /** @description A window of a list. */
        SignaturePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Signature"][];
        };
        /**
         * @description Whether a messaging community takes signed identities.
         * @enum {string}
         */
        SignedIdentities: "required" | "rejected";
        /** @description A source as the API shows it. */
        Source: {
            /** @description Extension: the key of the Source SDK, in the answer to its making alone. */
            access_token: string | null;
            /** @description Whether anything comes in. A mailbox is not active at first: it needs `imap_smtp_email`, `imap_address`, `imap_username` and a password before. */
            active: boolean;
            /** @description Without it a visitor has one at a time, of messaging: an extension. */
            allow_multiple_conversations: boolean | null;
            /** @description The sites that a chat stands on, as `www.example.com` or `*.example.com`; any when it is empty: an extension. */
            allowed_domains: string[] | null;
            /** @description Which files customers may send. */
            attachments_security_level: string | null;
            /** @description The server whose `Authentication-Results` count, of e-mail: what it says is not from whom it names is not the company's. An extension. */
            authserv_id: string | null;
            /** @description Whether threads are closed in which nobody says anything for `time_for_thread_inclusion`, at least four days, of messaging: an extension. */
            auto_close_threads: boolean | null;
            /** @description Whether the language of contents is to be found out. Kept only. */
            auto_detect_content_language: boolean | null;
            /** @description Which automatic answers are on: `first_message_from_user`, `out_of_office_hours_message`. */
            auto_response_trigger_enabled: {
                [key: string]: boolean;
            } | null;
            /** @description Seconds between two of the same for a customer. */
            auto_response_trigger_grace_periods: {
                [key: string]: number;
            } | null;
            /** @description Texts of the automatic answers: `language`, `created_from_trigger`, `body`. */
            auto_response_triggers: {
                body: string | null;
                created_from_trigger: string | null;
                language: string | null;
            }[] | null;
            /** @description Whether visitors without a known address are asked for one, of messaging: an extension. */
            automatic_email_request: boolean | null;
            /** @description Whether mail of machines is archived or taken like any other, of e-mail: an extension. */
            automatic_mail: string | null;
            /** @description Whether nobody is available for it outside of its business hours: an extension. */
            availability_follows_business_hours: boolean | null;
            /** @description The picture beside agents' messages: an extension. */
            avatar_url: string | null;
            /** @description Where they lead to; when it is empty the page that the visitor was on last, if it is on one of `allowed_domains`: an extension. */
            back_to_chat_link: string | null;
            /** @description Whether visitors can switch on notices of their browser for new messages: an extension. */
            browser_notifications: boolean | null;
            /** @description Addresses that are never copied, of e-mail. */
            cc_blacklist: string[] | null;
            /** @description The channel that routes it. */
            channel_id: string | null;
            /** @description The colour of its icon, by number. */
            color: number | null;
            /** @description The colour of its icon for screens. */
            color_hex: string;
            /** @description The colours of a chat: an extension. */
            color_scheme: string | null;
            /** @description Whether mails that refer to the same mail are one thread, even where it never came, of e-mail. */
            common_ancestors_threading: boolean | null;
            /** @description Its community, of the same type. */
            community_id: string;
            /** @description What a chat's visitors must agree to: with `before_storage` it keeps nothing in the browser until the page says that they have (`_setConsent`), with `before_message` they tick a box before they write: an extension. */
            consent: string | null;
            /** @description Where what they tick is explained; the words are the text `hubbub.consent_text`: an extension. */
            consent_link: string | null;
            /**
             * @description Extension: the version of what a chat's visitors agree to before they write, null where nothing is asked; left out of
             *     lists.
             */
            consent_version?: string | null;
            /** @description Whether threads that nobody took are archived. */
            content_archiving: boolean | null;
            /** @description After how many seconds in which nothing was said. */
            content_archiving_period: number | null;
            /** @description The languages that are spoken there. */
            content_languages: string[] | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Extension: what a chat says in words of its own, by language and key; left out of lists. */
            custom_languages?: unknown;
            /** @description Categories of new contents. */
            default_category_ids: string[] | null;
            /** @description The language of contents that say nothing else. */
            default_content_language: string | null;
            /** @description What a task begins with. Kept only. */
            default_task_priority: number | null;
            /** @description After how long a live chat ends whose visitor is away, 60 seconds at the least; 0 is never: an extension. */
            disconnection_delay: number | null;
            /** @description Whether quoted text is cut off, of e-mail; the whole is had by `GET /1.0/contents/{id}/raw`. */
            email_parser: boolean | null;
            /** @description For how long they are not asked again, of messaging: an extension. */
            email_request_grace_period: number | null;
            /** @description Who these mails are from; the source when it is empty: an extension. */
            email_sender_name: string | null;
            /** @description Whether visitors can pick emojis where they write: an extension. */
            emoji_picker: boolean | null;
            /** @description Whether the chat is shown in apps for Android. Kept only. */
            enable_android: boolean | null;
            /** @description Whether the chat is shown in apps for iOS. Kept only. */
            enable_ios: boolean | null;
            /** @description Whether the pages that a visitor looks at between messages are kept for agents: an extension. */
            enable_navigation_contents: boolean | null;
            /** @description Whether the chat is shown on sites. */
            enable_web: boolean | null;
            /** @description Extension: where the third party takes requests. */
            endpoint_url: string | null;
            /** @description What is wrong with it; null when nothing is. */
            error_message: string | null;
            /** @description Further addresses of the mailbox, which mails may go out from, of e-mail: an extension. */
            from_addresses: string | null;
            /** @description The reference's name of the setting `sender_name`. */
            from_name: string | null;
            /** @description Extension: how it fares; null for a chat, which nobody has to ask. */
            health: components["schemas"]["SourceState"] | null;
            /** @description Whether figures leave it out. */
            hidden_from_stats: boolean | null;
            /** @description Its id. */
            id: string;
            /** @description Extension: the identity that agents write as. */
            identity_id: string | null;
            /** @description The server that mail comes from, of e-mail. */
            imap_address: string | null;
            /** @description What is done on the server with a mail that was taken in: `none`, `seen`, or `move:` and a mailbox; of e-mail, an extension. */
            imap_after_import: string | null;
            /** @description How to sign in there, of e-mail; `google` is an extension. */
            imap_authentication_type: string | null;
            /** @description Where sent mail is filed, of e-mail. */
            imap_mailbox_used_for_sent_mail: string | null;
            /** @description Which mailboxes are read, of e-mail: INBOX where none is named. */
            imap_mailboxes_to_import: string[] | null;
            /** @description The server's port, of e-mail: 993 with TLS and 143 without where it is not set. */
            imap_port: number | null;
            /** @description The mailbox's own address, of e-mail. */
            imap_smtp_email: string | null;
            /** @description How its certificate is checked, of e-mail: not at all with `NONE`. */
            imap_ssl_verify_mode: string | null;
            /** @description Whether TLS is spoken from the beginning, of e-mail. It is where neither this nor the next is set. */
            imap_use_ssl_tls: boolean | null;
            /** @description Whether TLS is asked for, of e-mail. Without either only private hosts are spoken to. */
            imap_use_start_tls: boolean | null;
            /** @description The name to sign in with, of e-mail. */
            imap_username: string | null;
            /** @description Extension: what the third party of the Source SDK can do, as it has told last. */
            implementation: components["schemas"]["Implementation"] | null;
            /** @description How far back is taken in what was there before the source was connected: an extension. */
            import_from: string | null;
            /** @description Whether that waits for an answer. With `all` it does anyway: an extension. */
            import_open: boolean | null;
            /** @description After how long a live chat ends that nobody has taken, as `2m 25s` or in seconds; 0 is never: an extension. */
            impossibility_message_delay: number | null;
            /** @description What of the page a chat's events are told to, where the page has it: `data_layer` (`dataLayer`), `google_analytics_4` (`gtag`): an extension. */
            integrations: string[] | null;
            /** @description What a task gains when a customer answers. Kept only. */
            intervention_messages_boost: number | null;
            /** @description Whether files that are too large for a mail go as links to them, of e-mail: an extension. */
            link_large_files: boolean | null;
            /** @description Whether it is a live chat. */
            live_chat: boolean | null;
            /** @description Of a mail that comes and is larger, the texts and the smaller parts are fetched alone, of e-mail: an extension. */
            mail_max_bytes: number | null;
            /** @description How many mails go out in a minute, of e-mail: an extension. */
            mails_per_minute: number | null;
            /** @description How many a visitor may have open, of messaging: an extension. */
            max_open_conversations: number | null;
            /** @description How a chat's conversations go: over days, or now until they end. It changes only while none is open: an extension. */
            mode: string | null;
            /** @description Its name. No two sources have the same. */
            name: string;
            /** @description Where somebody signs in, of e-mail, if not at Microsoft or Google: an extension. */
            oauth_authorize_url: string | null;
            /** @description As which program the provider of a sign-in knows this server, of e-mail: an extension. */
            oauth_client_id: string | null;
            /** @description The directory of a Microsoft sign-in, of e-mail: `common` where it is not set. An extension. */
            oauth_tenant: string | null;
            /** @description Where tokens are asked for, of e-mail, if not at Microsoft or Google: an extension. */
            oauth_token_url: string | null;
            /** @description How far a chat is from that side (`x`) and from the bottom (`y`), 0 to 200 pixels, 20 to begin with: an extension. */
            offset: {
                [key: string]: number;
            } | null;
            /** @description Whether the company may begin conversations with visitors, of messaging; without it that is a 403: an extension. */
            outbound_messaging: boolean | null;
            /** @description Whether agents see the page of a visitor whose chat is shown and who has not written yet: an extension. */
            page_before_engaging: boolean | null;
            /** @description How many seconds lie between two looks for what is new, a tenth more or less; 60 where the third party lists something, 180 where it does not: an extension. */
            poll_seconds: number | null;
            /** @description At which side of the window a chat stands: an extension. */
            position: string | null;
            /** @description Whether mail goes by Postmark. Always null: there are no e-mail sources yet. */
            postmark_enabled: boolean | null;
            /** @description How much more than what keeps its agents busy may wait for them, 0 to 10 with two places at the most: an extension. */
            queuing_factor: number | null;
            /** @description Whether what is answered stands below an answer, of e-mail: an extension. */
            quote_answered: boolean | null;
            /** @description Whether a closed intervention is opened again when an answer under it comes back as not delivered, of e-mail: an extension. */
            reopen_failed: boolean | null;
            /** @description Whether answers come to an address below the mailbox's own (`desk+h.…@`) that names the conversation, of e-mail: an extension. */
            reply_address: boolean | null;
            /** @description Whether a mail that may have arrived is sent again for a day without asking an agent, of e-mail: an extension. */
            resend_unknown: boolean | null;
            /** @description The options of the third party's implementation, in the place of those that it tells itself; null for its own: an extension. */
            sdk_options: string[] | null;
            /** @description Where the signature of what is sent to a third party stands: in its header, at the end of its address as `signature`, for those that read no headers, or both: an extension. */
            sdk_signature_in: string | null;
            /** @description Extension: which secrets of an e-mail source are set, each with when it last changed; left out of lists. */
            secrets?: {
                [key: string]: string;
            } | null;
            /** @description How agents are called to customers; `{{firstname}}`, `{{lastname}}` and `{{nickname}}` stand for the agent's: an extension. */
            sender_name: string | null;
            /** @description Whether they are shown how long it may take: an extension. */
            show_estimated_wait: boolean | null;
            /** @description Whether the visitor of a live chat is shown their place in the queue: an extension. */
            show_queue_position: boolean | null;
            /** @description Texts under agents' messages: `language`, `name`, `body`. Kept only. */
            signatures: {
                body: string | null;
                language: string | null;
                name: string | null;
            }[] | null;
            /** @description Extension: of its community. */
            signed_identities: components["schemas"]["SignedIdentities"];
            /** @description What becomes of a task whose time is over. Kept only. */
            sla_expired_strategy: string | null;
            /** @description How to read the next one. Kept only. */
            sla_filtering_categories_strategy: string | null;
            /** @description Which categories have or have not a time to be answered in. Kept only. */
            sla_filtering_category_ids: string[] | null;
            /** @description Seconds in which a content is to be answered. */
            sla_response: number | null;
            /** @description Which part of that time, in percent, is a warning. Kept only. */
            sla_threshold: number | null;
            /** @description The server that mail goes to, of e-mail. */
            smtp_address: string | null;
            /** @description How to sign in there, of e-mail; `google` is an extension. */
            smtp_authentication_type: string | null;
            /** @description What to introduce ourselves as, of e-mail. */
            smtp_helo_domain: string | null;
            /** @description How large a mail may be with its files, of e-mail: an extension. */
            smtp_max_bytes: number | null;
            /** @description The server's port, of e-mail: 465 with TLS and 587 with STARTTLS where it is not set. */
            smtp_port: number | null;
            /** @description How its certificate is checked, of e-mail: not at all with `NONE`. */
            smtp_ssl_verify_mode: string | null;
            /** @description Whether TLS is spoken from the beginning, of e-mail. */
            smtp_use_ssl_tls: boolean | null;
            /** @description Whether TLS is asked for, of e-mail. */
            smtp_use_start_tls: boolean | null;
            /** @description The name to sign in with, of e-mail; nobody signs in where it is not set. */
            smtp_username: string | null;
            /** @description Whether visitors can switch on a sound for new messages: an extension. */
            sounds: boolean | null;
            /** @description From which score of a filter on mail is unwanted, of e-mail: 10 or 5. It is archived then. */
            spam_assassin_level: string | null;
            /** @description `active` or `inactive`. */
            status: string;
            /** @description In whose time the days and hours of triggers are: `visitor`, or a time zone: an extension. */
            targeting_time_zone: string | null;
            /** @description Always null: no source has templates yet. */
            template_message_namespace: string | null;
            /** @description Always empty: no source has templates yet. */
            template_messages: unknown[];
            /** @description Whether threads are guessed from subjects, of e-mail. */
            threading_heuristics: boolean | null;
            /** @description Seconds in which a new message that names no thread still belongs to the last one. */
            time_for_thread_inclusion: number | null;
            /** @description Whether the former is used. */
            time_for_thread_inclusion_enabled: boolean | null;
            /** @description The time sheet of its business hours. */
            time_sheet_ids: string[] | null;
            /** @description Extension: its public name in the chat's address. */
            token: string;
            /** @description What a task gains when it is handed on. Kept only. */
            transferred_tasks_boost: number | null;
            /** @description What it is connected to. */
            type: components["schemas"]["SourceType"];
            /** @description Whether visitors who have not read what agents wrote are told by mail, of messaging: an extension. */
            unread_email: boolean | null;
            /** @description How old the first unread message is then, a minute at the least, of messaging: an extension. */
            unread_email_delay: number | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Categories of threads that agents begin. */
            user_thread_default_category_ids: string[] | null;
            /** @description What the chat says first in the source's language: an extension. */
            welcome_message: string | null;
            /** @description The same by language: `{"fr": "Bonjour {{firstname}}"}`, `und` for all others. Only the languages that are given change, and an empty text takes one away: an extension. */
            welcome_messages: {
                [key: string]: string;
            };
            /** @description Addresses, or `@domain` for all of one, that are never unwanted nor taken for a machine's, of e-mail. */
            whitelisted_emails: string | null;
            /** @description Above what of the page a chat stands; above all of it where it has none: an extension. */
            z_index: number | null;
        };
        /** @description A try at handing a content to the source, or at having something done with one there. */
        SourceAttempt: {
            /** @description The content. */
            content_id: string;
            /**
             * Format: date-time
             * @description When it ended; null while it is under way, and when nobody could write that down.
             */
            ended_at: string | null;
            /**
             * Format: int64
             * @description The code that was answered.
             */
            http_status: number | null;
            /** @description What was asked: `create`, or the name of an act. */
            operation: string;
            /** @description How it ended. */
            outcome: components["schemas"]["ExportOutcome"] | null;
            /** @description Why it did not succeed, for programs. */
            reason_code: string | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at: string;
            /** @description Why it did not succeed, in words. */
            text: string | null;
            /**
             * Format: int64
             * @description How many milliseconds it took.
             */
            took_ms: number | null;
        };
        /** @description A sign-in that was begun. */
        SourceAuthorization: {
            /**
             * Format: date-time
             * @description Until when it can be ended.
             */
            expires_at: string;
            /** @description Where the browser comes back to: the provider has to know it. */
            redirect_uri: string;
            /** @description The address to open in a browser. */
            url: string;
        };
        /** @description Up to where a list was taken in. */
        SourceCursor: {
            /** @description All of it was taken in once. */
            caught_up: boolean;
            /** @description The id of the newest that was listed; empty at the beginning. */
            position: string;
            /** @description The list. */
            stream: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A step of looking whether a source works. */
        SourceFinding: {
            /** @description What is wrong, for programs. */
            code: string | null;
            /** @description What is wrong or was found, in words. */
            message: string | null;
            /** @description Whether it worked. */
            ok: boolean;
            /** @description Which. */
            step: string;
            /**
             * Format: int64
             * @description How many milliseconds it took.
             */
            took_ms: number;
        };
        /**
         * @description How a source that is asked for what is new fares.
         * @enum {string}
         */
        SourceHealth: "unchecked" | "ok" | "degraded" | "error" | "needs_reauth" | "paused";
        /** @description How a source fares, with its last runs. */
        SourceHealthReport: {
            /** @description The last tries at handing contents to it, newest first. */
            attempts: components["schemas"]["SourceAttempt"][];
            /** @description Up to where its lists were taken in. */
            cursors: components["schemas"]["SourceCursor"][];
            /** @description Null for a source of a kind that is not asked. */
            health: components["schemas"]["SourceState"] | null;
            /** @description The last runs, newest first. */
            runs: components["schemas"]["SourceRun"][];
        };
        /** @description The mailboxes of an e-mail source. */
        SourceMailboxes: {
            /** @description Their names, the inbox first. */
            mailboxes: string[];
        };
        /** @description A window of a list. */
        SourcePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Source"][];
        };
        /**
         * @description A permission of a user on one source.
         * @enum {string}
         */
        SourcePermission: "read" | "reply" | "reply_with_html" | "initiate_discussion" | "destroy" | "approval_required" | "approval_threshold_0" | "approval_threshold_10" | "approval_threshold_20" | "approval_threshold_30" | "approval_threshold_40" | "approval_threshold_50" | "approval_threshold_60" | "approval_threshold_70" | "approval_threshold_80" | "approval_threshold_90" | "approval_threshold_100";
        /** @description A run: the other side was asked for what is new. */
        SourceRun: {
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at: string;
            /**
             * Format: int64
             * @description Its number: 1 for the first.
             */
            number: number;
            /**
             * Format: int64
             * @description How much could not be taken in, and is kept.
             */
            parked: number;
            /** @description Why it did not work, in words; null when it did. */
            reason: string | null;
            /** @description Why it did not work, for programs; null when it did. */
            reason_code: string | null;
            /**
             * Format: int64
             * @description How much of what was listed was new.
             */
            received: number;
            /**
             * Format: int64
             * @description How much could not be read.
             */
            skipped: number;
            /**
             * Format: date-time
             * @description When it began.
             */
            started_at: string;
        };
        /** @description When a source is asked. */
        SourceRunWanted: {
            /**
             * Format: date-time
             * @description Then, or a little later.
             */
            next_run_at: string;
        };
        /** @description How a source fares. */
        SourceState: {
            /** @description Why it does not fare well, for programs. */
            code: string | null;
            /**
             * Format: date-time
             * @description When a run brought something last.
             */
            last_received_at: string | null;
            /**
             * Format: date-time
             * @description When it took a content last, to the minute.
             */
            last_sent_at: string | null;
            /**
             * Format: date-time
             * @description When a run worked last.
             */
            last_success_at: string | null;
            /** @description Why it does not fare well, in words. */
            message: string | null;
            /**
             * Format: date-time
             * @description When it is asked next; null when it is not.
             */
            next_run_at: string | null;
            /**
             * Format: date-time
             * @description Since when the oldest content that waits to go out does.
             */
            oldest_waiting_at: string | null;
            /**
             * Format: int64
             * @description How much could not be taken in, and is kept.
             */
            parked_items: number;
            /**
             * Format: date-time
             * @description Since when it fares so.
             */
            since: string;
            /** @description How it fares. */
            state: components["schemas"]["SourceHealth"];
            /**
             * Format: int64
             * @description How many contents wait to go out.
             */
            waiting_exports: number;
        };
        /** @description What looking at a source found. */
        SourceTest: {
            /** @description Whether everything worked. */
            ok: boolean;
            /** @description The steps in order, to the first that did not. */
            steps: components["schemas"]["SourceFinding"][];
        };
        /**
         * @description What a source is connected to.
         * @enum {string}
         */
        SourceType: "engage_messaging" | "sdk" | "email";
        /**
         * @description Who wrote a content.
         * @enum {string}
         */
        Speaker: "customer" | "agent" | "bot";
        /** @description A channel of an agent. */
        StatusChannel: {
            /** @description Whether the agent has work there. */
            busyness: components["schemas"]["Busyness"];
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description What the agent is there for. */
            status: components["schemas"]["Availability"];
        };
        /** @description The answer of the operations that only succeed (`docs/interactions/bots-api.md`). */
        Success: {
            /** @description `Success`. */
            message: string;
            /**
             * Format: uint16
             * @description 200.
             */
            status: number;
        };
        /** @description A survey as the API shows it. */
        Survey: {
            /** @description In use. */
            active: boolean;
            /** @description The root of its bridge: an extension. */
            bridge_url: string | null;
            /** @description Only for interventions with one of these categories; all when empty. */
            category_ids: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description As whom it is sent. */
            from_name: string | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description Interventions shorter than this (seconds) have it sent at once.
             */
            instant_send_threshold: number | null;
            /** @description Where customers answer it. */
            link: string;
            /**
             * Format: int64
             * @description Not sent when the customer's last word is older than this (seconds).
             */
            max_time_since_last_reply: number | null;
            /** @description What customers read, with `{{link}}` where the link stands: an extension. */
            message: string;
            /** @description Its name for agents. */
            name: string;
            /** @description Answers are fetched from the bridge: an extension. */
            polling: boolean;
            /** @description What is asked. */
            questions: components["schemas"]["SurveyQuestion"][];
            /** @description The bridge may bring answers: an extension. */
            realtime: boolean;
            /** @description Where it brings them; null when it may not: an extension. */
            realtime_url: string | null;
            /**
             * Format: int64
             * @description Seconds between the end of an intervention and its sending.
             */
            send_delay: number;
            /** @description Only on these sources; all when empty. */
            source_ids: string[];
            /** @description Only for interventions of users of these teams; all when empty. */
            team_ids: string[];
            /** @description Which kind of provider: `sdk`. */
            type: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description What is added to the link: an extension. */
            url_parameters: string[];
            /** @description The bridge must show the key: an extension. */
            verify_secret: boolean;
        };
        /** @description What a customer answered. */
        SurveyAnswer: {
            /** @description What the customer read or wrote. */
            text: string;
            /** @description What it stands for. */
            value: string;
        };
        /** @description A question with what a customer answered. */
        SurveyAnswered: {
            /** @description The provider's id of the question. */
            foreign_id: string;
            /** @description The answers. */
            replies: components["schemas"]["SurveyAnswer"][];
            /** @description The question. */
            text: string;
        };
        /** @description An answer to choose. */
        SurveyChoice: {
            /** @description What customers read. */
            text: string;
            /** @description What it stands for. */
            value: string | null;
        };
        /** @description A window of a list. */
        SurveyPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Survey"][];
        };
        /** @description A question of a survey. */
        SurveyQuestion: {
            /** @description The answers to choose from; none for a free text. */
            choices: components["schemas"]["SurveyChoice"][];
            /** @description The provider's id of it. */
            foreign_id: string;
            /** @description The one whose answer is the survey's result. */
            main: boolean;
            /** @description The question. */
            text: string;
        };
        /** @description A customer's answers as the API shows them. */
        SurveyResponse: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The intervention that it is about. */
            intervention_id: string;
            /**
             * Format: int64
             * @description The answer to the main question, when it is a whole number.
             */
            main_indicator: number | null;
            /**
             * Format: double
             * @description The same from 0 to 1 within what could be chosen.
             */
            main_indicator_scaled: number | null;
            /** @description Everything that was answered. */
            questions: components["schemas"]["SurveyAnswered"][];
            /** @description The provider's id of it. */
            response_foreign_id: string;
            /** @description The intervention's source. */
            source_id: string;
            /**
             * Format: date-time
             * @description When the customer gave it: an extension.
             */
            submitted_at: string;
            /** @description The survey. */
            survey_id: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The intervention's agent. */
            user_id: string;
        };
        /**
         * @description How an agent's content fares on its way to the other side.
         * @enum {string}
         */
        SyncStatus: "pending" | "success" | "error";
        /** @description A tag as the API shows it. */
        Tag: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. No two tags have the same. */
            name: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        TagPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Tag"][];
        };
        /** @description A team as the API shows it. */
        Team: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Who leads it. */
            leader_ids: string[];
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description Who is in it. */
            user_ids: string[];
        };
        /** @description A window of a list. */
        TeamPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Team"][];
        };
        /** @description A thread as the API shows it. */
        Thread: {
            /** @description Its categories and those of its contents. */
            category_ids: string[];
            /** @description Whether it is closed. */
            closed: boolean;
            /**
             * Format: int64
             * @description How many contents it has.
             */
            contents_count: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whether the customer can write no texts of their own now. */
            disable_text_input: boolean;
            /** @description What the source says of it, by name: of a chat `page_url`, `page_title`, each `custom_…` variable, and the visit in which it began (`visit_count`, `visit_started_at`, `page_visit_count`, `page_visit_started_at`), else the context data of its contents. */
            extra_data: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description When it first had a category: an extension.
             */
            first_categorization_at: string | null;
            /** @description Whose word its first content is: an extension. */
            first_content_author_id: string | null;
            /** @description Its first content: an extension. */
            first_content_id: string | null;
            /** @description The id that the source knows it by. */
            foreign_id: string | null;
            /** @description A bot gave it to people, and no bot may take it: an extension. */
            handed_over: boolean;
            /** @description Its id. */
            id: string;
            /** @description Who has or had an intervention: an extension. */
            intervention_user_ids: string[];
            /**
             * Format: int64
             * @description How many interventions it has had.
             */
            interventions_count: number;
            /**
             * Format: date-time
             * @description When its newest content was written: an extension.
             */
            last_content_at: string | null;
            /** @description Its newest content: an extension. */
            last_content_id: string | null;
            /** @description Who has an open or deferred one: an extension. */
            opened_intervention_user_ids: string[];
            /** @description Who has the thread: an extension. */
            owner: components["schemas"]["Owner"] | null;
            /**
             * Format: int64
             * @description Grows each time that the owner changes: an extension.
             */
            owner_epoch: number;
            /** @description Its source. */
            source_id: string;
            /** @description The tags set on it: an extension. */
            tag_ids: string[];
            /** @description Its own categories. */
            thread_category_ids: string[];
            /** @description Its subject, else the beginning of what was said first. */
            title: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description What the caller may do with a thread, so that the console shows no button in vain. */
        ThreadAbilities: {
            /** @description Decide on a content that waits for approval. */
            approve: boolean;
            /** @description Archive what waits. */
            archive: boolean;
            /** @description Ask the customer for an e-mail address, since none is known. */
            ask_email: boolean;
            /** @description Close the intervention. */
            close: boolean;
            /** @description Close the thread. */
            close_thread: boolean;
            /** @description Open an intervention. */
            engage: boolean;
            /** @description Merge its customer with somebody. */
            merge: boolean;
            /** @description Open the thread again. */
            open_thread: boolean;
            /** @description Give the intervention to somebody else. */
            reassign: boolean;
            /** @description Answer. */
            reply: boolean;
            /** @description Answer with formatted text. */
            reply_with_html: boolean;
            /** @description Have the customer write texts of their own, or not. */
            text_input: boolean;
        };
        /** @description A line of the history: what was done to the thread. */
        ThreadLine: {
            /** @description The act that it tells of, where that could be taken back. */
            act_id: string | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who had written the reply that was approved or refused, or the answer that did not arrive. */
            author: components["schemas"]["NamedUser"] | null;
            /** @description Who did it; null when nobody in the house did. */
            by: components["schemas"]["NamedUser"] | null;
            /** @description The categories with which the intervention was closed, or that the thread got. */
            category_ids: string[];
            /** @description Why a live chat ended. */
            cause: components["schemas"]["CloseCause"] | null;
            /** @description What. */
            deed: components["schemas"]["Deed"];
            /** @description How that reply begins. */
            excerpt: string | null;
            /** @description Who had the intervention then. */
            holder: components["schemas"]["NamedUser"] | null;
            /** @description Its id. */
            id: string;
            /** @description The intervention that it belongs to. */
            intervention_id: string | null;
            /**
             * Format: int64
             * @description Its place among the contents and lines of the thread. One from before lines had places has that of the content before
             *     it.
             */
            ordinal: number;
            /** @description The other conversation, where one was split or two were merged. */
            other_id: string | null;
            /**
             * @description Why: somebody asked for it, the bot's time was up, or bots went on without a customer's word; an answer did not arrive;
             *     whoever had it is not there any more.
             * @enum {string|null}
             */
            reason: "asked" | "time" | "loop" | "failed" | "agent_gone" | null;
            /** @description The categories that were taken off the thread. */
            removed_category_ids: string[];
            /** @description The tags that were taken off the thread. */
            removed_tag_ids: string[];
            /**
             * Format: int64
             * @description What the customer answered to the main question of a survey.
             */
            score: number | null;
            /**
             * Format: int64
             * @description The most that they could have answered.
             */
            score_max: number | null;
            /** @description How who came or left is called to the visitor of a live chat. */
            screenname: string | null;
            /** @description The tags that the thread got. */
            tag_ids: string[];
            /**
             * @description To which side the thread was handed over.
             * @enum {string|null}
             */
            to: "agent" | "bot" | null;
            /** @description The act that was taken back. */
            undo_of: string | null;
            /** @description What that was: `take`, `assign`, `defer`, `done`, `let_go`, `lock`, `unlock`, `categories` or `tags`. */
            undone: string | null;
            /**
             * Format: date-time
             * @description Until when it was put aside.
             */
            until: string | null;
        };
        /** @description A window of a list. */
        ThreadPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Thread"][];
        };
        /** @description How far the caller has read a thread. */
        ThreadRead: {
            /** @description Whether it is marked for them, read or not. */
            marked: boolean;
            /** @description Whether that is because somebody has mentioned them. */
            mentioned: boolean;
            /**
             * Format: int64
             * @description The place up to which they have read it.
             */
            read_ordinal: number;
        };
        /**
         * @description Where a thread stands: it is always in exactly one of these.
         * @enum {string}
         */
        ThreadState: "unassigned" | "open" | "deferred" | "done";
        /** @description A time sheet as the API shows it. */
        TimeSheet: {
            /** @description In use. */
            active: boolean;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The hours of Fridays: spans of seconds since midnight, `32400-43200,50400-64800`; empty when closed. */
            friday_hours: string;
            /** @description The days on which the desk stays closed. */
            holidays: components["schemas"]["Holiday"][];
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            label: string;
            /** @description The hours of Mondays. */
            monday_hours: string;
            /** @description The hours of Saturdays. */
            saturday_hours: string;
            /** @description The sources that have these hours for their own. */
            source_ids: string[];
            /** @description The hours of Sundays. */
            sunday_hours: string;
            /** @description The hours of Thursdays. */
            thursday_hours: string;
            /** @description The time zone in which the hours are meant. */
            timezone: string;
            /** @description The hours of Tuesdays. */
            tuesday_hours: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description The hours of Wednesdays. */
            wednesday_hours: string;
        };
        /** @description A window of a list. */
        TimeSheetPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["TimeSheet"][];
        };
        /** @description A time zone. */
        Timezone: {
            /** @description Its IANA name. */
            name: string;
            /**
             * Format: int32
             * @description Seconds ahead of UTC, without summer time.
             */
            utc_offset: number;
        };
        /**
         * @description Why the last answer in a thread is to be looked at.
         * @enum {string}
         */
        Trouble: "failed" | "refused";
        /** @description A language of the console. */
        UiLocale: {
            /** @description Its code. */
            code: string;
            /** @description Its own name. */
            name: string;
        };
        /** @description A user as the API shows it. */
        User: {
            /** @description A program, not a person: an extension. */
            bot: boolean;
            /**
             * Format: int64
             * @description Seconds in which a bot must answer a customer; null for the domain's setting: an extension.
             */
            bot_lease_seconds: number | null;
            /** @description Their skills. */
            category_ids: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Where they get mail, and what they sign in with. */
            email: string;
            /** @description Whether they may do anything at all. */
            enabled: boolean;
            /** @description Their id somewhere else. */
            external_id: string | null;
            /** @description First name. */
            firstname: string;
            /** @description `man` or `woman`, or empty. */
            gender: string | null;
            /** @description Its id. */
            id: string;
            /** @description The identities that they may write as. None of a customer. */
            identity_ids: string[];
            /** @description Whether the invited user is sent a mail with that, in the answer to the invitation alone: an extension. */
            invitation_mailed?: boolean | null;
            /** @description Whether an invitation waits to be accepted. */
            invitation_pending: boolean;
            /** @description Where the invited user sets a password, in the answer to the invitation alone: an extension. */
            invitation_url?: string | null;
            /** @description Last name. */
            lastname: string;
            /** @description The language of their console, such as `en`. */
            locale: string;
            /** @description The name that customers see, where the source shows it. */
            nickname: string | null;
            /** @description Whether they sign in some other way only. */
            no_password: boolean;
            /** @description Always null: there is no RingCentral account behind a user. */
            rc_user_id: string | null;
            /** @description Their role. */
            role_id: string;
            /** @description The languages that they answer in. */
            spoken_languages: string[];
            /** @description Their teams. */
            team_ids: string[];
            /** @description Their time zone, such as `Europe/Paris`. */
            timezone: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Always null until tasks are routed. */
            user_capacity_id: string | null;
        };
        /** @description A user capacity as the API shows it. */
        UserCapacity: {
            /** @description On channels that are not listed the channels' own limits hold. */
            channels: components["schemas"]["ChannelCapacity"][];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. No two capacities have the same. */
            name: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A window of a list. */
        UserCapacityPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["UserCapacity"][];
        };
        /** @description A window of a list. */
        UserPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["User"][];
        };
        /**
         * @description What a variable of a chat holds.
         * @enum {string}
         */
        VariableKind: "string" | "number" | "boolean";
        /** @description Somebody who looks at a thread. */
        Viewer: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description Whether they write an answer. */
            typing: boolean;
        };
        /** @description A page that a visitor looked at between messages. */
        VisitPage: {
            /**
             * Format: int64
             * @description The place of the content before it.
             */
            after: number;
            /**
             * Format: date-time
             * @description When they came to it.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Its title. */
            title: string | null;
            /** @description Its address. */
            url: string;
        };
        /** @description A window of a list. */
        VisitPagePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["VisitPage"][];
        };
        /** @description The page that a visitor looked at last. */
        VisitedPage: {
            /**
             * Format: date-time
             * @description Since when they are on it, as far as that is known.
             */
            since: string | null;
            /** @description Its title, where there is one. */
            title: string | null;
            /** @description Its address. */
            url: string;
        };
        /** @description A visitor whose chat is connected. */
        VisitorOnSite: {
            /** @description The address of a picture. */
            avatar_url: string | null;
            /** @description `phone`, `tablet` or `computer`, where the browser says it. */
            device: string | null;
            /** @description How the person is called on the screen. */
            display_name: string;
            /** @description Who. */
            identity_id: string;
            /** @description Whether the caller may begin a conversation with them. */
            may_invite: boolean;
            /** @description The page that they look at; null while that is not told. */
            page: components["schemas"]["VisitedPage"] | null;
            /**
             * Format: date-time
             * @description Since when they are there.
             */
            since: string;
            /** @description On which chat. */
            source_id: string;
            /** @description The conversation that they are in; null while they are in none. */
            thread_id: string | null;
            /** @description Their custom variables, as far as they are told and meant for agents. */
            variables: components["schemas"]["LabelledVariable"][];
            /**
             * Format: int64
             * @description How many visits there were, this one included.
             */
            visits: number | null;
        };
        /** @description A window of a list. */
        VisitorOnSitePage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["VisitorOnSite"][];
        };
        /** @description What a chat says. */
        VisitorSaid: {
            /**
             * @description The version of the configuration that it has; one that names none is not told of another.
             * @default null
             */
            config?: string | null;
            /**
             * Format: int64
             * @description The last position that it has; none when it begins.
             */
            position?: number | null;
            /**
             * @description The timeline of that, as it was told; none for the one that is now.
             * @default null
             */
            timeline?: string | null;
            /** @constant */
            type: "hello";
            /** @description The visitor's key. */
            visitor: string;
        } | {
            /** @description Whether they do. */
            on: boolean;
            /**
             * @description What they have written so far.
             * @default null
             */
            preview?: string | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "typing";
        } | {
            /** @description These. */
            message_ids: string[];
            /** @constant */
            type: "delivered";
        } | {
            /** @description The last one that was read. */
            message_id: string;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "read";
        } | {
            /** @description The page's custom variables. */
            custom?: components["schemas"]["PageVariables"];
            /** @description Its title, where there is one. */
            title?: string | null;
            /** @constant */
            type: "page";
            /** @description Its address. */
            url?: string | null;
            /** @description What the chat knows of the visit. */
            visit?: components["schemas"]["ChatVisit"];
        } | {
            /** @description Whether they do. */
            left: boolean;
            /** @constant */
            type: "presence";
        } | {
            /** @constant */
            type: "ping";
        };
        /** @description What a chat is told. */
        VisitorTold: {
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The timeline that positions are of: a server that was restored from a backup has another one. */
            timeline: string;
            /** @constant */
            type: "welcome";
        } | {
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The timeline that positions are of. */
            timeline: string;
            /** @constant */
            type: "reload";
        } | {
            /** @constant */
            type: "pong";
        } | {
            /** @description The message. */
            message: components["schemas"]["ChatMessage"];
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The conversation as it is now. */
            thread: components["schemas"]["ChatThread"];
            /** @constant */
            type: "message";
        } | {
            /** @description What the visitor is told by that. */
            notice: components["schemas"]["ChatNotice"] | null;
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The conversation as it is now. */
            thread: components["schemas"]["ChatThread"];
            /** @constant */
            type: "thread";
        } | {
            /** @description They have come. */
            delivered: boolean;
            /** @description These. */
            message_ids: string[];
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description They were read. */
            read: boolean;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "marks";
        } | {
            /** @description They were erased with the person whose they were. */
            anonymized: boolean;
            /** @description These. */
            message_ids: string[];
            /**
             * Format: int64
             * @description Its place in the journal.
             */
            position: number;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "removed";
        } | {
            /** @constant */
            type: "config";
            /** @description The version that it has now; null where the chat is not there any more. */
            version: string | null;
        } | {
            /**
             * Format: int64
             * @description In how many seconds they may be served; null where that is not shown or not known.
             */
            estimated_wait_seconds: number | null;
            /**
             * Format: int64
             * @description Their place, from 1; null where it is not shown.
             */
            place: number | null;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "queue";
        } | {
            /** @description Their picture, or that of the company. */
            avatar_url: string | null;
            /** @description How the agent is called. */
            name: string;
            /** @description Whether they do. */
            on: boolean;
            /** @description The thread it is on. */
            thread_id: string;
            /** @constant */
            type: "typing";
        } | {
            /** @description An identifier for programs. */
            error: string;
            /** @description The reason, for people. */
            message: string;
            /** @constant */
            type: "error";
        };
        /** @description A webhook as the API shows it. */
        Webhook: {
            /** @description Whether anything is sent. */
            active: boolean;
            /** @description The token that it belongs to. */
            api_access_token: components["schemas"]["WebhookToken"] | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: int64
             * @description How many deliveries are parked.
             */
            deliveries_parked: number;
            /**
             * Format: int64
             * @description How many deliveries wait: those that are under way, and what came while it was off.
             */
            deliveries_waiting: number;
            /** @description Whether requests carry a secret, which is never shown. */
            has_secret: boolean;
            /** @description Whether the challenge carries a token. */
            has_verify_token: boolean;
            /** @description Its id. */
            id: string;
            /** @description Whether certificates that cannot be checked are taken: an extension. */
            ignore_ssl: boolean;
            /** @description What it is for: an extension. */
            name: string;
            /** @description Names of events, such as `content.imported`: those of `GET /1.0/webhooks/events`, and those of the reference that have no cause here. */
            registered_events: string[];
            /** @description What of the journal is still to be sent again; null when nothing is. */
            replay: components["schemas"]["Replay"] | null;
            /** @description The sources of the filter: an extension. */
            source_ids: string[];
            /**
             * @description Whether the sources of `source_ids` are left out or are the only ones: an extension.
             * @enum {string}
             */
            sources_strategy: "all_except" | "none_except";
            /** @description A mark for receivers that are not for production. */
            staging_use: boolean;
            /** @description Why it stands so: an extension. */
            status_reason: string | null;
            /**
             * Format: date-time
             * @description When it is tried again after failures: an extension.
             */
            suspended_until: string | null;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
            /** @description Where to send events. It must answer the challenge first. */
            url: string;
            /** @description What the challenge carries, in the answer to its making alone. */
            verify_token: string | null;
            /**
             * @description Where its connection stands.
             * @enum {string}
             */
            webhook_status: "unverified" | "active" | "suspended" | "inactive";
        };
        /** @description A window of a list. */
        WebhookPage: {
            /** @description How many records there are in all. */
            count: number;
            /** @description How many records the window holds at most. */
            limit: number;
            /** @description How many records come before the window. */
            offset: number;
            /** @description The records of the window. */
            records: components["schemas"]["Webhook"][];
        };
        /** @description The API token that a webhook belongs to, as the API shows it there. */
        WebhookToken: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             */
            updated_at: string;
        };
        /** @description A comment that was written. */
        WrittenComment: {
            /** @description What there is to note. */
            body: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description The case that it is on; null for none. */
            intervention_id: string | null;
            /** @description The users and teams that it calls. */
            mention_ids: string[];
            /** @description What there is of this conversation. */
            thread_id: string;
            /** @description Of `assign`: to whom. What nobody has is taken for them. */
            user_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
