/**
 * What one edit of a text has done: `removed` letters at `start`, then `inserted` there.
 *
 * Between equal letters that is not certain ("aa" became "aaa": where?). The caret tells:
 * what is behind it after the edit was not touched.
 */
export function difference(before, after, caret = after.length) {
  const shorter = Math.min(before.length, after.length);
  let end = 0;
  while (end < Math.min(shorter, after.length - caret) && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  let start = 0;
  while (start < shorter - end && before[start] === after[start]) start += 1;
  return { start, removed: before.length - end - start, inserted: after.slice(start, after.length - end).join('') };
}
