/**
 * Shows why the chat is offered or not (`docs/interactions/web-messaging/debug.md`): what each criterion is, which
 * pages were seen, and how each trigger's conditions stand. It has nothing but what this browser has, and speaks English
 * alone, to whoever sets the chat up.
 */
import { addStyles, h, listen } from '../shared/dom';
import type { Manager } from '../manager/manager';
import { holds } from '../manager/targeting';
import css from './toolbar.css?inline';

const STATES = {
  acted: 'done',
  asking: 'asking for agents',
  refused: 'no agent is there',
  stopped: 'stopped by another trigger',
  engaged: 'the visitor writes already',
  once: 'once in this visit',
  conditions: 'not all conditions hold',
  nothing: 'nothing to show',
  offline: 'shown offline',
  waiting: 'its place on the page is missing',
  done: 'done',
};

/** While this is in the session's storage the toolbar comes back on each page. */
const MARK = 'hubbub:debug';

export class Toolbar {
  private static shown: Toolbar | undefined;
  private readonly host = document.createElement('div');
  private readonly out = h('div', { class: 'out', hidden: true, tabindex: 0, role: 'region', 'aria-label': 'Store' });
  private readonly timer: ReturnType<typeof setInterval>;

  static show(manager: unknown): void {
    this.shown ??= new Toolbar(manager as Manager);
  }

  private constructor(private readonly manager: Manager) {
    mark(true);
    const root = this.host.attachShadow({ mode: 'open' });
    this.host.dataset.hubbubDebug = '';
    addStyles(root, css);
    const button = (name: string, act: () => void) => {
      const made = h('button', { type: 'button', 'data-testid': `debug-${name.split(' ')[0]?.toLowerCase()}` }, name);
      listen(made, 'click', act);
      return made;
    };
    const bar = h(
      'div',
      { class: 'bar', role: 'toolbar', 'aria-label': 'Chat debug' },
      h('strong', {}, 'Chat'),
      button('Reload', () => location.reload()),
      button('Show store', () => this.toggle()),
      button('Reset', () => window._chatq?.push(['_reset'])),
      button('Stop debug', () => this.stop()),
    );
    root.append(bar, this.out);
    document.documentElement.append(this.host);
    this.timer = setInterval(() => this.draw(), 1000);
  }

  private toggle(): void {
    this.out.hidden = !this.out.hidden;
    this.draw();
  }

  private stop(): void {
    mark(false);
    clearInterval(this.timer);
    this.host.remove();
    Toolbar.shown = undefined;
  }

  private draw(): void {
    const { manager, out } = this;
    if (out.hidden) return;
    if (!manager.samples) return out.replaceChildren(h('p', {}, 'Not started yet.'));
    const { visit } = manager.store;
    const values = manager.samples.take();
    const pages = manager.store.pages();
    const at = (ms: number) => new Date(ms).toLocaleTimeString();
    out.replaceChildren(
      section('Criteria', table(Object.entries(values).map(([name, value]) => [name, show(value)]))),
      section(
        `Visit ${visit.count}`,
        table([
          ['since', at(visit.started)],
          ['stopped by a trigger', show(visit.stopped)],
          ['once', visit.once.join(', ')],
          ['dismissed', visit.dismissed.join(', ')],
          ['shown by', manager.keep.get('by')?.split(' ')[0] ?? ''],
        ]),
      ),
      section('Pages', table(pages.map((page) => [`${page.n} (${at(page.started)})`, show(page.values.page_url)]))),
      ...this.triggers(),
      section('Custom variables', this.variables()),
    );
  }

  private triggers(): HTMLElement[] {
    const { manager } = this;
    const pages = manager.store.pages().map((page) => page.values);
    return manager.targeting.triggers.map((trigger) => {
      const state = manager.engine.held(trigger, pages) ?? manager.engine.states.get(trigger.id)?.at;
      const rows = trigger.conditions.map((condition) => {
        const { criterion, position, operator, value } = condition;
        const result = holds(condition, pages, manager.kinds);
        const text = `${criterion}, ${position}, ${operator} ${show(value)}`;
        return [text, result === undefined ? 'unknown criterion or operator' : result ? 'holds' : 'does not hold'];
      });
      const body = rows.length ? table(rows) : h('p', {}, 'No conditions.');
      return section(`Trigger ${trigger.label} #${trigger.id}: ${state ? STATES[state] : 'not activated'}`, body);
    });
  }

  private variables(): HTMLElement {
    const { bridge, targeting } = this.manager;
    const told = bridge.visitor.custom;
    const names = new Set([...targeting.variables.map((one) => one.name), ...Object.keys(told)]);
    return table(
      [...names].map((name) => {
        const from = name in told ? 'script' : 'page';
        return [name, `${show(told[name] ?? bridge.found?.[name])} (${from})`];
      }),
    );
  }
}

const show = (value: unknown): string => (value === undefined || value === null ? '–' : `${value}`);

const section = (title: string, body: HTMLElement) => h('section', {}, h('h2', {}, title), body);

const table = (rows: string[][]) =>
  h('table', {}, ...rows.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, value))));

function mark(on: boolean): void {
  try {
    if (on) sessionStorage.setItem(MARK, '1');
    else sessionStorage.removeItem(MARK);
  } catch {
    // It lasts for this page then.
  }
}
