type Given = Readonly<Record<string, string | boolean | EventListener>>;

/**
 * An element made without markup: what comes from a visitor is text, whatever it looks like, and nothing here is an inline style or script that a content
 * security policy would refuse. Functions listen to the event of their name; `true` sets an attribute, `false` leaves it out.
 */
export function elementOf<K extends keyof HTMLElementTagNameMap>(
  name: K,
  given: Given = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** A field with its label before it. */
export function labelled(label: string, field: HTMLElement): HTMLLabelElement {
  return elementOf('label', { class: 'field' }, elementOf('span', {}, label), field);
}
