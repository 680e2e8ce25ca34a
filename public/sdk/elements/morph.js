/**
 * Draws again, and keeps what is there: a node that only changes keeps the focus, and is
 * not read aloud anew.
 */

/** Makes the children of `parent` like `wanted`. Nodes of one tag and `data-key`, or class, are the same. */
export function morph(parent, wanted) {
  const old = [...parent.childNodes];
  const nodes = wanted.map((next) => {
    const found = old.findIndex((one) => one.nodeName === next.nodeName && keyOf(one) === keyOf(next));
    return found < 0 ? next : become(old.splice(found, 1)[0], next);
  });
  for (const one of old) one.remove();
  // Only what is at the wrong place is moved: moving costs the focus.
  let at = parent.firstChild;
  for (const one of nodes) {
    if (one === at) at = at.nextSibling;
    else parent.insertBefore(one, at);
  }
}

const keyOf = (one) => one.dataset?.key ?? one.className;

function become(one, next) {
  if (one.nodeType === Node.TEXT_NODE) {
    if (one.data !== next.data) one.data = next.data;
    return one;
  }
  for (const name of one.getAttributeNames()) if (!next.hasAttribute(name)) one.removeAttribute(name);
  for (const { name, value } of next.attributes) if (one.getAttribute(name) !== value) one.setAttribute(name, value);
  morph(one, [...next.childNodes]);
  return one;
}
