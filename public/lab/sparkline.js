/** A line through the last values, from 0 to the greatest. The figures say the same in words. */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 240;
const HEIGHT = 48;

export class Sparkline {
  #line = document.createElementNS(SVG, 'polyline');
  #capacity;

  constructor(place, capacity) {
    this.#capacity = capacity;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    this.#line.setAttribute('vector-effect', 'non-scaling-stroke');
    svg.append(this.#line);
    place.append(svg);
  }

  draw(values) {
    this.#line.setAttribute('points', points(values, this.#capacity, WIDTH, HEIGHT));
  }
}

/** The newest at the right edge; a pixel is kept free at the top and bottom for the line's own width. */
export function points(values, capacity, width, height) {
  const greatest = Math.max(...values, 1);
  const step = width / (capacity - 1);
  const left = width - (values.length - 1) * step;
  return values.map((value, n) => {
    const y = height - 1 - (value / greatest) * (height - 2);
    return `${(left + n * step).toFixed(1)},${y.toFixed(1)}`;
  }).join(' ');
}
