//! Custom variables of chats: what a site tells of its visitors, or where it is found in its pages.

use model::{ChatVariableId, SourceId, VariableKind};
use store::chat_variable::{self, ChatVariable, InPage};
use store::source::Source;
use store::{Filter, Json, Listed, Page, Tx, chat_trigger};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change_on};
use crate::setup::{chat_source, page_pattern, targeting};

/// How many variables a chat has at the most.
const VARIABLES_MAX: usize = 100;
const NAME_MAX: usize = 57;
const EXPRESSION_MAX: usize = 500;
const PATTERN_MAX: usize = 200;
const WAYS: [&str; 5] = ["selector", "meta", "js_path", "cookie", "url_parameter"];
/// What the journal calls a variable.
const RESOURCE: &str = "mobile_messaging.custom_variable";

/// What can be said of a variable; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct VariableIn {
    /// As which one that was removed comes back.
    pub id: Option<ChatVariableId>,
    /// Its chat, which never changes.
    pub source_id: Option<SourceId>,
    /// As which it was read, where nobody else may have changed it since.
    pub version: Option<i64>,
    /// By which pages and triggers name it, which never changes.
    pub name: Option<String>,
    /// The name that people see.
    pub label: Option<String>,
    /// What it holds, which never changes.
    pub kind: Option<String>,
    /// Where it is found in a page; none where the page tells it.
    pub in_page: Option<Option<InPage>>,
    /// Agents see it.
    pub show_to_agents: Option<bool>,
    /// It goes with the person.
    pub personal: Option<bool>,
}

/// Lists the variables of the chats that the actor may set up, or of one, in their order.
pub async fn list(tx: &mut Tx, actor: &Actor, of: Option<SourceId>, page: Page) -> Result<Listed<ChatVariable>> {
    let mut filter = Filter::scoped(&chat_source::scope(tx, actor).await?, "source_id");
    filter.and_some("source_id = ?", of.as_ref());
    Ok(tx.list(filter, "source_id, position, id", page).await?)
}

/// Finds a variable.
///
/// # Errors
/// 404; 403.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ChatVariableId) -> Result<ChatVariable> {
    let found = chat_variable::find(tx, id).await?.ok_or(Error::NotFound("variable"))?;
    chat_source::seen(tx, actor, &found.source_id, "variable").await?;
    Ok(found)
}

/// Makes a variable, after all others.
///
/// # Errors
/// 403; 422 when a value is not acceptable, the name is taken, or there are too many.
pub async fn create(tx: &mut Tx, actor: &Actor, given: VariableIn) -> Result<ChatVariable> {
    let source = chat_source::named(tx, actor, given.source_id.clone()).await?;
    let others = chat_variable::of_source(tx, &source.id).await?;
    chat_source::check_room(others.len(), VARIABLES_MAX)?;
    let now = tx.now();
    let mut variable = ChatVariable {
        id: given.id.clone().unwrap_or_else(|| ChatVariableId::new(now)),
        source_id: source.id.clone(),
        name: checked_variable(given.name.as_deref().ok_or_else(|| Error::missing("name"))?)?,
        label: String::new(),
        kind: checked_kind(given.kind.as_deref())?,
        position: others.last().map_or(0, |last| last.position + 1),
        in_page: None,
        show_to_agents: true,
        personal: false,
        created_at: now,
        updated_at: now,
    };
    let given = VariableIn { label: Some(given.label.unwrap_or_else(|| variable.name.clone())), ..given };
    let before = targeting::size(tx, &source).await?;
    change(&mut variable, given)?;
    tx.insert(&variable).await.map_err(|e| Error::taken(e, "name"))?;
    targeting::check_size(tx, &source, before, "in_page").await?;
    note(tx, actor, &variable, Change::Created);
    Ok(variable)
}

/// Changes a variable.
///
/// # Errors
/// 404; 403; 409 `changed_meanwhile`; 422 when a value is not acceptable, or what never changes would.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ChatVariableId, given: VariableIn) -> Result<ChatVariable> {
    let (source, mut variable) = held(tx, actor, id).await?;
    chat_source::fixed_source(given.source_id.as_ref(), &variable.source_id, "variable")?;
    for (field, given, known) in
        [("name", &given.name, variable.name.as_str()), ("kind", &given.kind, variable.kind.as_str())]
    {
        // Triggers and pages name it, and compare it by what it holds.
        if given.as_ref().is_some_and(|given| given != known) {
            return Err(Error::invalid(field, Fault::fixed("variable")));
        }
    }
    chat_source::touch(tx, &mut variable.updated_at, given.version)?;
    let field = if given.in_page.is_some() { "in_page" } else { "label" };
    let before = targeting::size(tx, &source).await?;
    change(&mut variable, given)?;
    tx.update(&variable).await?;
    targeting::check_size(tx, &source, before, field).await?;
    note(tx, actor, &variable, Change::Updated);
    Ok(variable)
}

/// Removes a variable.
///
/// # Errors
/// 404; 403; 409 `in_use` while triggers look at it.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &ChatVariableId) -> Result<ChatVariable> {
    let (_, variable) = held(tx, actor, id).await?;
    let triggers = chat_trigger::of_source(tx, &variable.source_id).await?;
    let using = triggers.into_iter().filter(|t| t.conditions.iter().any(|c| c.criterion == variable.name));
    let using: Vec<String> = using.map(|trigger| trigger.label).collect();
    if !using.is_empty() {
        return Err(chat_source::in_use(using));
    }
    tx.delete::<ChatVariable>(id.as_str()).await?;
    note(tx, actor, &variable, Change::Deleted);
    Ok(variable)
}

/// Puts the variables of a chat into another order: those that are named first. Gives all of them.
///
/// # Errors
/// 403; 422 on `ids` when there are none, or they are not of one chat.
pub async fn sort(tx: &mut Tx, actor: &Actor, ids: Vec<ChatVariableId>) -> Result<Vec<ChatVariable>> {
    let first = ids.first().ok_or_else(|| Error::missing("ids"))?;
    let first = chat_variable::find(tx, first).await?.ok_or_else(|| Error::invalid("ids", Fault::unknown()))?;
    let source = chat_source::named(tx, actor, Some(first.source_id)).await?;
    let mut known = chat_variable::of_source(tx, &source.id).await?;
    let order = chat_source::sorted(&known.iter().map(|v| v.id.clone()).collect::<Vec<_>>(), ids)?;
    for (position, id) in (0..).zip(&order) {
        let Some(one) = known.iter_mut().find(|v| v.id == *id).filter(|v| v.position != position) else { continue };
        one.position = position;
        chat_source::touch(tx, &mut one.updated_at, None)?;
        tx.update(one).await?;
        note(tx, actor, one, Change::Updated);
    }
    known.sort_by_key(|variable| variable.position);
    Ok(known)
}

async fn held(tx: &mut Tx, actor: &Actor, id: &ChatVariableId) -> Result<(Source, ChatVariable)> {
    let gone = || Error::NotFound("variable");
    let found = chat_variable::find(tx, id).await?.ok_or_else(gone)?;
    let source = chat_source::held(tx, actor, &found.source_id, "variable").await?;
    Ok((source, chat_variable::find(tx, id).await?.ok_or_else(gone)?))
}

fn note(tx: &mut Tx, actor: &Actor, variable: &ChatVariable, change: Change) {
    note_change_on(tx, &variable.source_id, Some(actor), (RESOURCE, variable.id.as_str()), change);
}

fn change(variable: &mut ChatVariable, given: VariableIn) -> Result<()> {
    let VariableIn { id: _, source_id: _, version: _, name: _, label, kind: _, in_page, show_to_agents, personal } =
        given;
    if let Some(label) = label {
        variable.label = checked_name("label", &label)?;
    }
    if let Some(in_page) = in_page {
        let known = variable.in_page.as_ref().and_then(|known| known.pattern.as_deref());
        variable.in_page = in_page.map(|given| checked_in_page(given, known)).transpose()?.map(Json);
    }
    variable.show_to_agents = show_to_agents.unwrap_or(variable.show_to_agents);
    variable.personal = personal.unwrap_or(variable.personal);
    Ok(())
}

fn checked_variable(name: &str) -> Result<String> {
    let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    match name.strip_prefix("custom_") {
        Some(rest) if (1..=NAME_MAX).contains(&rest.len()) && rest.bytes().all(good) => Ok(name.to_owned()),
        _ => Err(Error::invalid(
            "name",
            Reason::Characters
                .says(format!("must be custom_ and 1 to {NAME_MAX} of the characters a-z, 0-9 and _"))
                .with("allowed", "custom_ a-z 0-9 _"),
        )),
    }
}

fn checked_kind(kind: Option<&str>) -> Result<VariableKind> {
    let names: Vec<_> = VariableKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = kind.unwrap_or(VariableKind::String.as_str());
    kind.parse().map_err(|_| Error::invalid("kind", Fault::one_of(&names)))
}

/// Where a variable is found; a pattern that it has had stays, whatever is asked of new ones.
fn checked_in_page(given: InPage, known: Option<&str>) -> Result<InPage> {
    let given_text = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let InPage { by, expression, attribute, pattern } = given;
    if !WAYS.contains(&by.as_str()) {
        return Err(Error::invalid("in_page.by", Fault::one_of(&WAYS)));
    }
    let expression = checked_expression(&by, &expression)?;
    let attribute = given_text(attribute);
    if attribute
        .as_ref()
        .is_some_and(|a| a.len() > 100 || !a.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:".contains(&b)))
    {
        return Err(Error::invalid("in_page.attribute", Fault::form("the name of an attribute")));
    }
    if attribute.is_some() && by != "selector" {
        return Err(Error::invalid("in_page.attribute", Reason::NotForThis.says("is for selectors alone")));
    }
    let pattern = given_text(pattern);
    if pattern.as_ref().is_some_and(|p| p.chars().count() > PATTERN_MAX) {
        return Err(Error::invalid("in_page.pattern", Fault::too_long(PATTERN_MAX)));
    }
    if pattern.as_ref().is_some_and(|new| known != Some(new.as_str()) && !page_pattern::is_usable(new)) {
        let form = "a regular expression with a group, without flags, look-around, repeats within repeats, \
                    and more than three repeats";
        return Err(Error::invalid("in_page.pattern", Fault::form(form)));
    }
    Ok(InPage { by, expression, attribute, pattern })
}

/// What is looked for in a page, in the way that is named.
fn checked_expression(by: &str, given: &str) -> Result<String> {
    let expression = given.trim().to_owned();
    match expression.chars().count() {
        0 => return Err(Error::invalid("in_page.expression", Fault::blank())),
        1..=EXPRESSION_MAX => {}
        _ => return Err(Error::invalid("in_page.expression", Fault::too_long(EXPRESSION_MAX))),
    }
    if by == "js_path" && !is_path(&expression) {
        return Err(Error::invalid("in_page.expression", Fault::form("names parted by dots, such as shop.cart.total")));
    }
    if by == "cookie" && expression.contains(|c: char| c.is_whitespace() || "=;,".contains(c)) {
        return Err(Error::invalid("in_page.expression", Fault::form("the name of a cookie")));
    }
    if by == "selector" && !richtext::is_selector(&expression) {
        return Err(Error::invalid("in_page.expression", Reason::Selector.says("must be a CSS selector")));
    }
    Ok(expression)
}

fn is_path(text: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.split('.').all(|name| !name.is_empty() && name.chars().all(good))
}
