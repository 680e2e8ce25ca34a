/** An element with properties and children. A string becomes text, never markup. */
export function element(tag, properties = {}, ...children) {
  const { dataset = {}, ...own } = properties;
  const made = Object.assign(document.createElement(tag), own);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}
