// Elements made and kept up to date. Text is always set as text, never as markup, and nothing gets a style attribute:
// the page's Content-Security-Policy would refuse it.

export type Child = Node | string | false | null;

type Listener = (event: Event) => void;
type Attributes = Record<string, string | number | boolean | Listener | null>;

/** An element with attributes (`true`: present, `false` and null: absent, functions: listeners) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else set_attribute(element, name, value);
  }
  element.append(...children.filter((child) => child !== false && child !== null));
  return element;
}

export function set_attribute(element: Element, name: string, value: string | number | boolean | null): void {
  const text = value === true ? "" : value === false || value === null ? null : String(value);
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

/** Leaves a node alone that says so already: a selection in it, and a screen reader, are not disturbed. */
export function set_text(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A row that stands for one item as long as the item is there. */
export interface Row<T> {
  readonly root: HTMLElement;
  update(item: T): void;
}

/** The rows of `parent`, one for each item and in their order; a row keeps its element, and so focus, while it can. */
export class Rows<T> {
  private readonly rows = new Map<string, Row<T>>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly key: (item: T) => string,
    private readonly make: (item: T) => Row<T>,
  ) {}

  update(items: readonly T[]): void {
    const gone = new Set(this.rows.keys());
    let place: ChildNode | null = this.parent.firstChild;
    for (const item of items) {
      const key = this.key(item);
      let row = this.rows.get(key);
      if (row === undefined) this.rows.set(key, (row = this.make(item)));
      gone.delete(key);
      row.update(item);
      if (row.root === place) place = place.nextSibling;
      else this.parent.insertBefore(row.root, place);
    }
    for (const key of gone) {
      this.rows.get(key)?.root.remove();
      this.rows.delete(key);
    }
  }
}
