/**
 * The dashboard of the service itself. It publishes its own figures to a stream like any
 * other, `tidings.stats`, so there is nothing here but drawing.
 */

import { showConnection } from '../live/connection.js';
import { openStream } from '../sdk/tidings.js';
import { formatCount, formatRate } from '../upload/quantity.js';
import { add, EMPTY, FIGURES, lineWords, pace, points, REPORTS, spanWords } from './history.js';

/** The pace falls while nothing is reported: it is looked at by the clock. */
const TICK_MS = 1000;

/** As in the page's `viewBox`, less the width of the line at both edges. */
const [WIDTH, HEIGHT, MARGIN] = [160, 36, 2];

const NOTHING_YET = 'Nothing has been reported yet. Open the feed, publish something, and the figures come within seconds.';

const SVG = 'http://www.w3.org/2000/svg';
const part = (id) => document.getElementById(id);
let history = EMPTY;

const stream = openStream('/v1/streams/tidings.stats', { tail: REPORTS });
showConnection(stream, part('connection'), part('refusal'));
stream.on('stats', ({ data }) => {
  history = add(history, data, performance.now());
  draw();
});
stream.on('status', draw);
setInterval(drawPace, TICK_MS);

function draw() {
  const { reports } = history;
  const silent = reports.length === 0 && stream.status.state === 'open';
  write('state', silent ? NOTHING_YET : lineWords(reports.length));
  drawPace();
  if (reports.length === 0) return;
  for (const figure of FIGURES) {
    write(figure, formatCount(reports.at(-1)[figure]));
    drawLine(part(`${figure}-line`), reports.map((report) => report[figure]));
  }
}

function drawPace() {
  write('pace', formatRate(pace(history, performance.now())) ?? '–');
}

function drawLine(image, values) {
  let line = image.querySelector('polyline');
  if (line === null) {
    line = document.createElementNS(SVG, 'polyline');
    line.setAttribute('transform', `translate(${MARGIN} ${MARGIN})`);
    image.append(line);
  }
  line.setAttribute('points', points(values, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN));
  image.setAttribute('aria-label', spanWords(values));
}

function write(id, text) {
  if (part(id).textContent !== text) part(id).textContent = text;
}
