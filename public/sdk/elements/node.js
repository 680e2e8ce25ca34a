/** Nodes without HTML: whatever came over the wire can only ever become text. */

/** An element with attributes (ours, never a stranger's) and children; strings become text. */
export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets a text, and only a new one: a live region is read aloud when it is written. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A style sheet that a strict `style-src` allows, shared by all elements of a kind. */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
