/**
 * Contrast of every visible text on a page against what is painted behind it
 * (WCAG 2.2, 1.4.3: 4.5:1). Runs in the page; solid backgrounds only, which
 * is all the design has.
 */
export function weakTexts(minimum = 4.5) {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const weak = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if ((!own && !element.value) || !element.checkVisibility({ opacityProperty: true }) || element.disabled) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < minimum) weak.push(`${element.tagName}#${element.id} ${ratio.toFixed(2)}`);
  }
  return weak;
}
