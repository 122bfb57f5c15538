//! What a role allows, and what a user may do on one source.

use crate::named_enum;

named_enum! {
    /// A permission of a role, named as in the reference's role object.
    Permission {
        /// `access_help_center`
        AccessHelpCenter = "access_help_center",
        /// `access_previous_messages`
        AccessPreviousMessages = "access_previous_messages",
        /// `access_pull_mode`
        AccessPullMode = "access_pull_mode",
        /// `admin_stamp_answer`
        AdminStampAnswer = "admin_stamp_answer",
        /// `anonymize_identity`
        AnonymizeIdentity = "anonymize_identity",
        /// `approve_content`
        ApproveContent = "approve_content",
        /// `ask_an_expert`
        AskAnExpert = "ask_an_expert",
        /// `assign_intervention`
        AssignIntervention = "assign_intervention",
        /// `author_block_content`
        AuthorBlockContent = "author_block_content",
        /// `close_content_thread`
        CloseContentThread = "close_content_thread",
        /// `create_and_destroy_extension`
        CreateAndDestroyExtension = "create_and_destroy_extension",
        /// `create_community`
        CreateCommunity = "create_community",
        /// `create_content_source`
        CreateContentSource = "create_content_source",
        /// `create_user`
        CreateUser = "create_user",
        /// `delay_export_content`
        DelayExportContent = "delay_export_content",
        /// `delete_content_thread`
        DeleteContentThread = "delete_content_thread",
        /// `escalate_to_video`
        EscalateToVideo = "escalate_to_video",
        /// `export_identity`
        ExportIdentity = "export_identity",
        /// `impersonate_user`
        ImpersonateUser = "impersonate_user",
        /// `invite_user`
        InviteUser = "invite_user",
        /// `lock_identity`
        LockIdentity = "lock_identity",
        /// `manage_api_access_tokens`
        ManageApiAccessTokens = "manage_api_access_tokens",
        /// `manage_app_sdk_applications`
        ManageAppSdkApplications = "manage_app_sdk_applications",
        /// `manage_automatic_exports_tasks`
        ManageAutomaticExportsTasks = "manage_automatic_exports_tasks",
        /// `manage_categories`
        ManageCategories = "manage_categories",
        /// `manage_chat`
        ManageChat = "manage_chat",
        /// `manage_custom_fields`
        ManageCustomFields = "manage_custom_fields",
        /// `manage_custom_notifications`
        ManageCustomNotifications = "manage_custom_notifications",
        /// `manage_emails_templates`
        ManageEmailsTemplates = "manage_emails_templates",
        /// `manage_folders`
        ManageFolders = "manage_folders",
        /// `manage_ice`
        ManageIce = "manage_ice",
        /// `manage_identities`
        ManageIdentities = "manage_identities",
        /// `manage_messaging`
        ManageMessaging = "manage_messaging",
        /// `manage_own_notifications`
        ManageOwnNotifications = "manage_own_notifications",
        /// `manage_reply_assistant`
        ManageReplyAssistant = "manage_reply_assistant",
        /// `manage_roles`
        ManageRoles = "manage_roles",
        /// `manage_rules_engine_rules`
        ManageRulesEngineRules = "manage_rules_engine_rules",
        /// `manage_surveys`
        ManageSurveys = "manage_surveys",
        /// `manage_tags`
        ManageTags = "manage_tags",
        /// `manage_teams`
        ManageTeams = "manage_teams",
        /// `manage_topologies`
        ManageTopologies = "manage_topologies",
        /// `manage_users_of_my_teams`
        ManageUsersOfMyTeams = "manage_users_of_my_teams",
        /// `monitor_tasks`
        MonitorTasks = "monitor_tasks",
        /// `monitor_team_tasks`
        MonitorTeamTasks = "monitor_team_tasks",
        /// `mute_content`
        MuteContent = "mute_content",
        /// `open_content_thread`
        OpenContentThread = "open_content_thread",
        /// `publish_content`
        PublishContent = "publish_content",
        /// `read_community`
        ReadCommunity = "read_community",
        /// `read_content_source`
        ReadContentSource = "read_content_source",
        /// `read_event`
        ReadEvent = "read_event",
        /// `read_export`
        ReadExport = "read_export",
        /// `read_identity`
        ReadIdentity = "read_identity",
        /// `read_own_stats`
        ReadOwnStats = "read_own_stats",
        /// `read_presence`
        ReadPresence = "read_presence",
        /// `read_stats`
        ReadStats = "read_stats",
        /// `read_surveys`
        ReadSurveys = "read_surveys",
        /// `read_user`
        ReadUser = "read_user",
        /// `receive_tasks`
        ReceiveTasks = "receive_tasks",
        /// `reply_with_assistant`
        ReplyWithAssistant = "reply_with_assistant",
        /// `search_contents`
        SearchContents = "search_contents",
        /// `search_event`
        SearchEvent = "search_event",
        /// `update_community`
        UpdateCommunity = "update_community",
        /// `update_content_source`
        UpdateContentSource = "update_content_source",
        /// `update_extension`
        UpdateExtension = "update_extension",
        /// `update_identity`
        UpdateIdentity = "update_identity",
        /// `update_intervention`
        UpdateIntervention = "update_intervention",
        /// `update_own_intervention`
        UpdateOwnIntervention = "update_own_intervention",
        /// `update_settings`
        UpdateSettings = "update_settings",
        /// `update_time_sheet`
        UpdateTimeSheet = "update_time_sheet",
        /// `update_user`
        UpdateUser = "update_user",
        /// `use_cobrowsing`
        UseCobrowsing = "use_cobrowsing",
        /// `use_emoji`
        UseEmoji = "use_emoji",
    }
}

named_enum! {
    /// A permission of a user on one source.
    SourcePermission {
        /// `read`
        Read = "read",
        /// `reply`
        Reply = "reply",
        /// `reply_with_html`
        ReplyWithHtml = "reply_with_html",
        /// `initiate_discussion`
        InitiateDiscussion = "initiate_discussion",
        /// `destroy`
        Destroy = "destroy",
        /// `approval_required`
        ApprovalRequired = "approval_required",
        /// `approval_threshold_0`
        ApprovalThreshold0 = "approval_threshold_0",
        /// `approval_threshold_10`
        ApprovalThreshold10 = "approval_threshold_10",
        /// `approval_threshold_20`
        ApprovalThreshold20 = "approval_threshold_20",
        /// `approval_threshold_30`
        ApprovalThreshold30 = "approval_threshold_30",
        /// `approval_threshold_40`
        ApprovalThreshold40 = "approval_threshold_40",
        /// `approval_threshold_50`
        ApprovalThreshold50 = "approval_threshold_50",
        /// `approval_threshold_60`
        ApprovalThreshold60 = "approval_threshold_60",
        /// `approval_threshold_70`
        ApprovalThreshold70 = "approval_threshold_70",
        /// `approval_threshold_80`
        ApprovalThreshold80 = "approval_threshold_80",
        /// `approval_threshold_90`
        ApprovalThreshold90 = "approval_threshold_90",
        /// `approval_threshold_100`
        ApprovalThreshold100 = "approval_threshold_100",
    }
}

impl SourcePermission {
    /// Whether it takes something away: contents of the user wait for approval.
    #[must_use]
    pub fn is_approval(self) -> bool {
        self.approval().is_some()
    }

    /// Of a hundred replies, how many wait for approval by this permission; none when it is not about approval.
    #[must_use]
    pub const fn approval(self) -> Option<u8> {
        match self {
            Self::Read | Self::Reply | Self::ReplyWithHtml | Self::InitiateDiscussion | Self::Destroy => None,
            Self::ApprovalThreshold0 => Some(0),
            Self::ApprovalThreshold10 => Some(10),
            Self::ApprovalThreshold20 => Some(20),
            Self::ApprovalThreshold30 => Some(30),
            Self::ApprovalThreshold40 => Some(40),
            Self::ApprovalThreshold50 => Some(50),
            Self::ApprovalThreshold60 => Some(60),
            Self::ApprovalThreshold70 => Some(70),
            Self::ApprovalThreshold80 => Some(80),
            Self::ApprovalThreshold90 => Some(90),
            Self::ApprovalRequired | Self::ApprovalThreshold100 => Some(100),
        }
    }

    /// Of a hundred replies, how many wait for approval where these are the permissions.
    #[must_use]
    pub fn approval_percent(permissions: &[Self]) -> u8 {
        permissions.iter().filter_map(|p| p.approval()).max().unwrap_or(0)
    }
}
