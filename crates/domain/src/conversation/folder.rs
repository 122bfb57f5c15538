//! Folders: smart lists of threads in a tree. Shared ones are for everybody whom their restrictions let through; own
//! ones are for the user who made them.
//!
//! Each restriction restricts: with one on roles and one on users, somebody must pass both. Who does not see a folder
//! does not see those below it either. Who manages folders sees all shared ones, or nobody could mend a restriction.

use model::{FolderId, Permission, RoleId, TeamId, UserId};
use store::folder::{self, Folder};
use store::thread::Thread;
use store::{Json, Listed, Page, Tx, role, team, user};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, checks::still_there, note_change};
use crate::conversation::search::{self, Narrowed};

/// How many levels the tree has at the most.
const DEPTH: usize = 20;
/// How many shared folders there are at the most, and how many of one user.
const FOLDERS_MAX: i64 = 500;
/// Longest query in characters.
const QUERY_MAX: usize = 2000;

/// What can be said of a folder; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct FolderIn {
    /// Its name.
    pub label: Option<String>,
    /// The folder above it; none inside puts it at the top.
    pub parent_id: Option<Option<FolderId>>,
    /// Its place among those beside it; -1 is the last.
    pub position: Option<i64>,
    /// Which threads it has; empty for one that only holds other folders.
    pub query: Option<String>,
    /// The number of its threads is shown.
    pub render_threads_count: Option<bool>,
    /// Only for users with one of these roles; for all when empty.
    pub role_ids: Option<Vec<RoleId>>,
    /// Only for users of one of these teams; for all when empty.
    pub team_ids: Option<Vec<TeamId>>,
    /// Only for these users; for all when empty.
    pub user_ids: Option<Vec<UserId>>,
    /// Whose own it becomes: the caller's; none makes it shared.
    pub user_id: Option<UserId>,
}

/// Lists the folders that the actor sees, by position.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Folder>> {
    Ok(page.of(seen(tx, actor).await?))
}

/// Finds a folder.
///
/// # Errors
/// 404 when the actor does not see it.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &FolderId) -> Result<Folder> {
    seen(tx, actor).await?.into_iter().find(|f| f.id == *id).ok_or(Error::NotFound("folder"))
}

/// The folders that are in the actor's inbox: those that restrictions let through, also for who manages them.
pub async fn inbox(tx: &mut Tx, actor: &Actor) -> Result<Vec<Folder>> {
    let all = folder::of_user(tx, &actor.user.id).await?;
    let teams = teams_of(tx, actor, &all).await?;
    Ok(let_through(all, actor, &teams))
}

/// Lists the threads of a folder that the actor may read, of those that are asked for.
///
/// # Errors
/// 404 when the actor does not see the folder; 400 when its query is no longer understood.
pub async fn threads(
    tx: &mut Tx,
    actor: &Actor,
    id: &FolderId,
    narrowed: Narrowed,
    page: Page,
) -> Result<Listed<Thread>> {
    let Some(query) = find(tx, actor, id).await?.query else { return Ok(Listed { count: 0, records: Vec::new() }) };
    search::threads_also(tx, actor, &search::parse(&query, "query")?, narrowed, page).await
}

/// Counts the threads of a folder that the actor may read; none for one without a query, or with one that is no longer
/// understood.
pub async fn count(tx: &mut Tx, actor: &Actor, folder: &Folder) -> Result<Option<i64>> {
    let Some(Ok(query)) = folder.query.as_deref().map(|text| search::parse(text, "query")) else { return Ok(None) };
    match search::count_threads(tx, actor, &query).await {
        Ok(count) => Ok(Some(count)),
        Err(Error::BadParameter { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

async fn seen(tx: &mut Tx, actor: &Actor) -> Result<Vec<Folder>> {
    if actor.can(Permission::ManageFolders) {
        return Ok(folder::of_user(tx, &actor.user.id).await?);
    }
    inbox(tx, actor).await
}

async fn teams_of(tx: &mut Tx, actor: &Actor, folders: &[Folder]) -> Result<Vec<TeamId>> {
    if folders.iter().all(|f| f.team_ids.is_empty()) {
        return Ok(Vec::new());
    }
    let mut teams = team::all(tx).await?;
    teams.retain(|team| team.user_ids.contains(&actor.user.id) || team.leader_ids.contains(&actor.user.id));
    Ok(teams.into_iter().map(|team| team.id).collect())
}

fn let_through(all: Vec<Folder>, actor: &Actor, teams: &[TeamId]) -> Vec<Folder> {
    let lets = |f: &Folder| {
        (f.role_ids.is_empty() || f.role_ids.contains(&actor.role.id))
            && (f.team_ids.is_empty() || f.team_ids.iter().any(|id| teams.contains(id)))
            && (f.user_ids.is_empty() || f.user_ids.contains(&actor.user.id))
    };
    let passes = |folder: &Folder| {
        let mut at = Some(folder);
        for _ in 0..=DEPTH {
            match at {
                Some(f) if !lets(f) => return false,
                Some(f) => at = f.parent_id.as_ref().and_then(|id| all.iter().find(|other| other.id == *id)),
                None => return true,
            }
        }
        false
    };
    let kept: Vec<bool> = all.iter().map(passes).collect();
    all.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(folder, _)| folder).collect()
}

/// Makes a folder: a shared one, or one of the actor's own.
///
/// # Errors
/// 403 for a shared one without `manage_folders`; 422 without a label, or when a value is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, given: FolderIn) -> Result<Folder> {
    match &given.user_id {
        None => actor.require(Permission::ManageFolders)?,
        Some(id) if *id == actor.user.id => {}
        Some(_) => {
            return Err(Error::invalid(
                "user_id",
                Reason::Unfit.says("is somebody else: make folders of your own, or shared ones"),
            ));
        }
    }
    let label = given.label.clone().ok_or_else(|| Error::missing("label"))?;
    let mut tree = folder::tree_locked(tx, &actor.user.id).await?;
    if folder::count(tx, given.user_id.as_ref()).await? >= FOLDERS_MAX {
        return Err(Error::Unprocessable(
            "too_many_folders",
            format!("there are {FOLDERS_MAX} folders already").into(),
        ));
    }
    let now = tx.now();
    let mut folder = Folder {
        id: FolderId::new(now),
        label,
        parent_id: None,
        position: 0,
        query: None,
        render_threads_count: false,
        role_ids: Json::default(),
        team_ids: Json::default(),
        user_ids: Json::default(),
        user_id: given.user_id.clone(),
        created_at: now,
        updated_at: now,
    };
    let given = FolderIn { position: given.position.or(Some(-1)), ..given };
    change(tx, actor, &mut folder, &mut tree, given).await?;
    tx.insert(&folder).await?;
    note(tx, actor, &folder, Change::Created);
    Ok(folder)
}

/// Changes a folder.
///
/// # Errors
/// 404; 403 for a shared one without `manage_folders`; 422 when a value is not acceptable or the tree would have a
/// circle.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &FolderId, given: FolderIn) -> Result<Folder> {
    let (mut folder, mut tree) = lock(tx, actor, id).await?;
    if given.user_id.is_some() && given.user_id != folder.user_id {
        return Err(Error::invalid("user_id", Fault::fixed("folder")));
    }
    change(tx, actor, &mut folder, &mut tree, given).await?;
    folder.updated_at = tx.now();
    tx.update(&folder).await?;
    note(tx, actor, &folder, Change::Updated);
    Ok(folder)
}

/// Removes a folder. What is below it must be moved or removed first; only what users have of their own below a shared
/// one moves to where that was, because who removes it neither sees nor may change it.
///
/// # Errors
/// 404; 403 for a shared one without `manage_folders`; 422 `folder_has_children`.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &FolderId) -> Result<Folder> {
    let (folder, _) = lock(tx, actor, id).await?;
    if folder.user_id.is_none() {
        folder::move_own(tx, id, folder.parent_id.as_ref()).await?;
    }
    match tx.delete::<Folder>(id.as_str()).await {
        Err(store::Error::Referenced(_)) => {
            let message = "there are folders below this one: move or remove them first";
            return Err(Error::Unprocessable("folder_has_children", message.into()));
        }
        other => other?,
    }
    note(tx, actor, &folder, Change::Deleted);
    Ok(folder)
}

async fn lock(tx: &mut Tx, actor: &Actor, id: &FolderId) -> Result<(Folder, Vec<Folder>)> {
    find(tx, actor, id).await?;
    let tree = folder::tree_locked(tx, &actor.user.id).await?;
    let folder = tree.iter().find(|f| f.id == *id).cloned().ok_or(Error::NotFound("folder"))?;
    if folder.user_id.is_none() {
        actor.require(Permission::ManageFolders)?;
    }
    Ok((folder, tree))
}

/// What is somebody's own is nobody else's business.
fn note(tx: &mut Tx, actor: &Actor, folder: &Folder, change: Change) {
    if folder.user_id.is_none() {
        note_change(tx, Some(actor), "folder", folder.id.as_str(), change);
    }
}

async fn change(tx: &mut Tx, actor: &Actor, folder: &mut Folder, tree: &mut [Folder], given: FolderIn) -> Result<()> {
    let FolderIn { label, parent_id, position, query, render_threads_count, role_ids, team_ids, user_ids, user_id: _ } =
        given;
    if let Some(label) = label {
        folder.label = checked_name("label", &label)?;
    }
    if let Some(parent_id) = parent_id {
        if let Some(parent_id) = &parent_id {
            let unknown = |_| Error::invalid("parent_id", Fault::unknown());
            find(tx, actor, parent_id).await.map_err(unknown)?;
            check_parent(folder, tree, parent_id)?;
        }
        folder.parent_id = parent_id;
    }
    if let Some(query) = query {
        folder.query = checked_query(tx, actor, query).await?;
    }
    folder.render_threads_count = render_threads_count.unwrap_or(folder.render_threads_count);
    restrict(tx, folder, role_ids, team_ids, user_ids).await?;
    if let Some(position) = position {
        folder.position = make_room(tx, folder, tree, position).await?;
    }
    Ok(())
}

async fn checked_query(tx: &mut Tx, actor: &Actor, query: String) -> Result<Option<String>> {
    let query = query.trim();
    if query.is_empty() {
        return Ok(None);
    }
    if query.chars().count() > QUERY_MAX {
        return Err(Error::invalid("query", Fault::too_long(QUERY_MAX)));
    }
    search::check_threads(tx, actor, query, "query").await?;
    Ok(Some(query.to_owned()))
}

/// Sets who sees a folder. Roles, teams and users that are gone never open it to all.
async fn restrict(
    tx: &mut Tx,
    folder: &mut Folder,
    role_ids: Option<Vec<RoleId>>,
    team_ids: Option<Vec<TeamId>>,
    user_ids: Option<Vec<UserId>>,
) -> Result<()> {
    let any = [role_ids.as_ref().map(Vec::len), team_ids.as_ref().map(Vec::len), user_ids.as_ref().map(Vec::len)];
    if folder.user_id.is_some() && any.iter().any(|n| n.is_some_and(|n| n > 0)) {
        return Err(Error::Unprocessable("own_folder", "a folder of one's own is for nobody else".into()));
    }
    if let Some(ids) = role_ids {
        let known: Vec<RoleId> = role::all_locked(tx).await?.into_iter().map(|role| role.id).collect();
        folder.role_ids = Json(checked_ids("role_restriction", ids, &folder.role_ids, &known)?);
    }
    if let Some(ids) = team_ids {
        let known: Vec<TeamId> = team::all(tx).await?.into_iter().map(|team| team.id).collect();
        folder.team_ids = Json(checked_ids("team_restriction", ids, &folder.team_ids, &known)?);
    }
    if let Some(ids) = user_ids {
        let known: Vec<UserId> = user::by_ids(tx, &ids).await?.into_iter().map(|user| user.id).collect();
        folder.user_ids = Json(checked_ids("user_restriction", ids, &folder.user_ids, &known)?);
    }
    Ok(())
}

fn checked_ids<T>(field: &'static str, ids: Vec<T>, before: &[T], known: &[T]) -> Result<Vec<T>>
where
    T: Clone + Ord + std::hash::Hash + std::fmt::Display,
{
    let unknown = |id: T| {
        Error::invalid(
            field,
            Reason::Unknown.says(format!("names {id}, which does not exist")).with("id", id.to_string()),
        )
    };
    let mut ids = still_there(ids, before, known).map_err(unknown)?;
    ids.sort();
    Ok(ids)
}

/// The place that a folder gets; those beside it from there on move by one, when another one stands there.
async fn make_room(tx: &mut Tx, folder: &Folder, tree: &mut [Folder], position: i64) -> Result<i64> {
    let beside = tree.iter_mut().filter(|f| f.parent_id == folder.parent_id && f.id != folder.id);
    let mut beside: Vec<&mut Folder> = beside.collect();
    match position {
        -1 => return Ok(beside.iter().map(|f| f.position + 1).max().unwrap_or(0)),
        0..=1_000_000 => {}
        _ => {
            return Err(Error::invalid(
                "position",
                Fault::between(0, "1000000, or -1 for the last").with("max", 1_000_000),
            ));
        }
    }
    if beside.iter().any(|f| f.position == position) {
        for other in beside.iter_mut().filter(|f| f.position >= position) {
            other.position += 1;
            tx.update(&**other).await?;
        }
    }
    Ok(position)
}

/// Checks that a folder may be put below another one: it is seen by all who see this one's kind, is not below the
/// folder, and not too deep.
fn check_parent(folder: &Folder, tree: &[Folder], parent_id: &FolderId) -> Result<()> {
    let find = |id: &FolderId| tree.iter().find(|f| f.id == *id);
    let refuse = |fault: Fault| Err(Error::invalid("parent_id", fault));
    let Some(parent) = find(parent_id) else { return refuse(Fault::unknown()) };
    if parent.user_id.is_some() && folder.user_id.is_none() {
        return refuse(Reason::Unfit.says("is somebody's own, and this one is shared"));
    }
    let mut above = 1;
    let mut at = Some(parent);
    while let Some(one) = at {
        above += 1;
        if one.id == folder.id {
            return refuse(Reason::Itself.says("is this folder or below it"));
        }
        if above > DEPTH {
            return refuse(Reason::TooDeep.says("is too deep"));
        }
        at = one.parent_id.as_ref().and_then(find);
    }
    let mut level = vec![&folder.id];
    while above <= DEPTH {
        level =
            tree.iter().filter(|f| f.parent_id.as_ref().is_some_and(|p| level.contains(&p))).map(|f| &f.id).collect();
        if level.is_empty() {
            return Ok(());
        }
        above += 1;
    }
    refuse(Reason::TooDeep.says("is too deep for what is below this folder"))
}
