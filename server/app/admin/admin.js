// The page for operators: shows what the server tells once a second, and lets a session be closed.
'use strict';

const POINTS = 120; // seconds that a plot shows
const COLOURS = 8;
const WIDTH = 440; // where it is not known yet
const HEIGHT = 150;
const LEFT = 46;
const BOTTOM = 18;

const $ = (id) => document.getElementById(id);
let before = null;
let now = null;
let ordered = null; // the session that the dialog is about

// ---- numbers --------------------------------------------------------------------------------------------

function short(value) {
  if (!isFinite(value)) return '–';
  const size = Math.abs(value);
  for (const [unit, letter] of [[1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) {
    if (size >= unit) return (value / (unit === 1e4 ? 1e3 : unit)).toFixed(1) + letter;
  }
  return size >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const bytes = (value) => short(value).replace(/[A-Za-z]?$/, ' $&') + 'B';

function span(seconds) {
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const at = Math.max(0, parts.findIndex(([unit]) => seconds >= unit));
  const [unit, name] = seconds < 1 ? parts[3] : parts[at];
  return Math.floor(seconds / unit) + ' ' + name;
}

/// The value below which `part` of what came between two histograms lies, in ms; NaN where nothing came.
function quantile(later, earlier, part) {
  const counts = later.counts.map((count, at) => count - (earlier ? earlier.counts[at] : 0));
  const wanted = counts.reduce((sum, count) => sum + count, 0) * part;
  if (wanted === 0) return NaN;
  let below = 0;
  for (let at = 0; at < counts.length; ++at) {
    if (counts[at] > 0 && below + counts[at] >= wanted) {
      const low = at === 0 ? 0 : now.bounds[at - 1];
      const high = at < now.bounds.length ? now.bounds[at] : low;
      return 1000 * (low + (high - low) * (wanted - below) / counts[at]);
    }
    below += counts[at];
  }
  return NaN;
}

const sum = (rows, name) => rows.reduce((all, row) => all + row[name], 0);

function added(histograms) {
  return {counts: histograms.reduce((all, each) => all.map((count, at) => count + each.counts[at]),
                                    new Array(now.bounds.length + 1).fill(0))};
}

/// How much `name` of all these rows grew a second.
function rate(list, name) {
  return before ? Math.max(0, sum(now[list], name) - sum(before[list], name)) / seconds() : 0;
}

const seconds = () => Math.max(0.2, (now.time - before.time) / 1000);

// ---- elements -------------------------------------------------------------------------------------------

function element(name, attributes, ...children) {
  const svg = ['svg', 'path', 'line', 'text'].includes(name);
  const made = svg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const key of Object.keys(attributes || {})) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

/// Rows of cells; a cell is a text, a number, or an element.
function fill(id, rows, empty) {
  const body = $(id).tBodies[0];
  const columns = $(id).tHead.rows[0].cells;
  const made = rows.map((cells) => element('tr', {}, ...cells.map((cell, at) =>
    element('td', columns[at].className ? {class: columns[at].className} : {}, cell instanceof Node ? cell : String(cell)))));
  if (made.length === 0) made.push(element('tr', {}, element('td', {class: 'none', colspan: columns.length}, empty)));
  body.replaceChildren(...made);
}

// ---- plots ----------------------------------------------------------------------------------------------

/// A plot of the last POINTS moments in the figure `id`. Names keep their colours; `stacked`: one stands on the other.
class Plot {
  constructor(id, stacked, nothing) {
    this.nothing = nothing || '';
    this.figure = $(id);
    this.stacked = stacked;
    this.series = new Map();
    this.moments = 0;
    this.svg = element('svg', {role: 'img'});
    this.legend = element('div', {class: 'legend'});
    this.figure.append(this.svg, this.legend);
    this.add({});
  }

  /// One moment: a value for each name; those that have none are gaps, or nothing on a stack.
  add(values) {
    for (const name of Object.keys(values)) {
      if (!this.series.has(name)) this.series.set(name, new Array(this.moments).fill(this.stacked ? 0 : NaN));
    }
    for (const [name, points] of this.series) {
      points.push(name in values ? values[name] : this.stacked ? 0 : NaN);
      if (points.length > POINTS) points.shift();
    }
    this.moments = Math.min(POINTS, this.moments + 1);
    this.draw();
  }

  draw() {
    const width = this.svg.clientWidth || WIDTH;
    const names = [...this.series.keys()];
    const tops = new Array(this.moments).fill(0);
    const layers = names.map((name) => {
      const points = this.series.get(name);
      const low = this.stacked ? tops.slice() : tops.map(() => 0);
      const high = points.map((value, at) => low[at] + value);
      if (this.stacked) high.forEach((value, at) => { tops[at] = value; });
      return {low, high};
    });
    const most = Math.max(1e-9, ...layers.flatMap((layer) => layer.high.filter(isFinite)));
    const step = Math.pow(10, Math.floor(Math.log10(most)));
    const top = most <= 1e-9 ? 1 : [1, 2, 2.5, 5, 10].map((factor) => factor * step).find((each) => each >= most * 0.999);
    const x = (at) => LEFT + (width - LEFT) * (POINTS - this.moments + at) / (POINTS - 1);
    const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top) + 6 * value / top;
    const drawn = [];
    for (const part of [0, 0.5, 1]) {
      drawn.push(element('line', {class: 'grid', x1: LEFT, x2: width, y1: y(top * part), y2: y(top * part)}));
      drawn.push(element('text', {x: LEFT - 6, y: y(top * part) + 4, 'text-anchor': 'end'}, short(top * part)));
    }
    drawn.push(element('text', {x: LEFT, y: HEIGHT}, '2 min ago'));
    drawn.push(element('text', {x: width, y: HEIGHT, 'text-anchor': 'end'}, 'now'));
    if (names.length === 0) {
      drawn.push(element('text', {class: 'nothing', x: (LEFT + width) / 2, y: HEIGHT / 3, 'text-anchor': 'middle'}, this.nothing));
    }
    layers.forEach((layer, index) => {
      const colour = 'var(--s' + index % COLOURS + ')';
      const line = path(layer.high, x, y);
      if (this.stacked) {
        const back = layer.low.map((value, at) => 'L' + x(at).toFixed(1) + ' ' + y(value).toFixed(1)).reverse().join('');
        drawn.push(element('path', {d: line + back + 'Z', fill: colour, 'fill-opacity': 0.3}));
      }
      drawn.push(element('path', {d: line, fill: 'none', stroke: colour, 'stroke-width': 1.8, 'stroke-linejoin': 'round'}));
    });
    this.svg.setAttribute('aria-label', names.map((name) => name + ': ' + short(this.series.get(name).at(-1))).join(', '));
    this.svg.setAttribute('viewBox', '0 0 ' + width + ' ' + HEIGHT);
    this.svg.replaceChildren(...drawn);
    this.legend.replaceChildren(...names.map((name, index) => {
      const mark = element('i');
      mark.style.background = 'var(--s' + index % COLOURS + ')';
      return element('span', {}, mark, name + ' ' + short(this.series.get(name).at(-1)));
    }));
  }
}

/// A line with gaps where there are no values.
function path(points, x, y) {
  let text = '';
  let joined = false;
  points.forEach((value, at) => {
    if (isFinite(value)) text += (joined ? 'L' : 'M') + x(at).toFixed(1) + ' ' + y(value).toFixed(1);
    joined = isFinite(value);
  });
  return text;
}

const plots = {
  sessions: new Plot('sessions-plot', true),
  messages: new Plot('messages-plot', false),
  turns: new Plot('turns-plot', false),
  times: new Plot('times-plot', false, 'No page takes samples.')
};

function plot() {
  const byTransport = {};
  for (const row of now.transports.filter((each) => each.opened + each.sessions > 0)) byTransport[row.transport] = (byTransport[row.transport] || 0) + row.sessions;
  plots.sessions.add(byTransport);
  if (!before) return;
  plots.messages.add({up: rate('transports', 'messages_up'), down: rate('transports', 'messages_down')});
  const turns = added(now.workers.map((row) => row.turns));
  const earlier = added(before.workers.map((row) => row.turns));
  plots.turns.add({median: quantile(turns, earlier, 0.5), '99th': quantile(turns, earlier, 0.99)});
  const times = {};
  for (const name of ['network', 'server', 'client']) {
    const all = added(now.transports.map((row) => row[name]));
    const value = quantile(all, added(before.transports.map((row) => row[name])), 0.5);
    if (isFinite(value)) times[name] = value;
  }
  plots.times.add(times);
}

// ---- the rest -------------------------------------------------------------------------------------------

function tiles() {
  const cpu = before ? 100 * (now.process.cpu - before.process.cpu) / seconds() : 0;
  const turns = added(now.workers.map((row) => row.turns));
  const slow = quantile(turns, before && added(before.workers.map((row) => row.turns)), 0.99);
  const shown = [
    ['sessions', short(sum(now.transports, 'sessions'))],
    ['connections', short(sum(now.workers, 'connections'))],
    ['messages up/s', short(rate('transports', 'messages_up'))],
    ['messages down/s', short(rate('transports', 'messages_down'))],
    ['up/s', bytes(rate('transports', 'bytes_up'))],
    ['down/s', bytes(rate('transports', 'bytes_down'))],
    ['loops busy, 99th of turns', isFinite(slow) ? short(slow) + ' ms' : '–'],
    ['of a core', short(cpu) + ' %'],
    ['memory', bytes(now.process.resident)],
    ['descriptors of ' + short(now.process.most_descriptors), short(now.process.descriptors)]
  ];
  $('tiles').replaceChildren(...shown.map(([name, value]) =>
    element('div', {class: 'tile'}, element('b', {}, value), element('span', {}, name))));
}

function transports() {
  const rows = now.transports.filter((row) => row.sessions + row.opened > 0);
  fill('transports', rows.map((row) => {
    const old = before && before.transports.find((each) => each.service === row.service && each.transport === row.transport);
    const grew = (name) => short(old ? (row[name] - old[name]) / seconds() : 0);
    return [row.service, row.transport, short(row.sessions), grew('messages_up'), grew('messages_down'), short(row.heartbeats_lost)];
  }), 'No session has been opened yet.');
}

function refused() {
  const rows = now.more.filter((row) => row.count > 0)
    .map((row) => [(row.name.includes('flash') ? 'policy: ' : 'refused: ') + row.value.replace(/_/g, ' '), short(row.count)]);
  const names = [['refused', 'sessions refused by a service'], ['refused_origins', 'requests refused for their origin'],
                 ['refused_access', 'requests refused for want of access'], ['throttled', 'browsers held back'],
                 ['slow_closed', 'slow readers closed'], ['slow_blocked', 'messages blocked'],
                 ['slow_dropped', 'messages dropped'], ['resumed', 'carriers resumed'], ['expired', 'sessions expired']];
  for (const [name, text] of names) {
    const count = sum(now.services, name);
    if (count > 0) rows.push([text, short(count)]);
  }
  const full = sum(now.workers, 'refused');
  if (full > 0) rows.push(['connections, for want of descriptors', short(full)]);
  for (const row of now.changes) rows.push([row.service + ': ' + row.from + ' → ' + row.to, short(row.count)]);
  fill('refused', rows, 'Nothing so far.');
}

function sessions() {
  const services = [...new Set(now.services.map((row) => row.service))];
  const select = $('service');
  if (select.options.length !== services.length + 1) {
    const chosen = select.value;
    select.replaceChildren(element('option', {value: ''}, 'all'), ...services.map((name) => element('option', {value: name}, name)));
    select.value = services.includes(chosen) ? chosen : '';
  }
  const wanted = $('find').value.trim().toLowerCase();
  const rows = now.sessions.filter((row) => (select.value === '' || row.service === select.value) &&
    (wanted === '' || (row.address + ' ' + row.transport + ' ' + row.key).toLowerCase().includes(wanted)));
  const all = sum(now.transports.filter((row) => select.value === '' || row.service === select.value), 'sessions');
  $('shown').textContent = rows.length + ' shown of ' + all;
  if ($('list').matches(':active')) return; // rows are not made anew under a finger that presses
  const focused = $('list').contains(document.activeElement) ? document.activeElement.dataset.session : '';
  fill('list', rows.map((row) => {
    const button = element('button', {type: 'button', 'data-session': row.key}, 'Close…');
    button.addEventListener('click', () => ask(row));
    return [element('code', {}, row.key.slice(0, 8)), row.service, row.transport, row.address || 'between two carriers',
            bytes(row.outbox), row.worker, button];
  }), 'None.');
  if (focused) $('list').querySelector('[data-session="' + focused + '"]')?.focus({preventScroll: true});
  const slowest = now.sessions.filter((row) => row.outbox > 0).sort((one, other) => other.outbox - one.outbox).slice(0, 8);
  fill('slowest', slowest.map((row) => [element('code', {}, row.key.slice(0, 8)), row.service, row.transport, bytes(row.outbox)]),
       'Nobody is behind.');
}

function show() {
  $('about').textContent = now.version + ', up for ' + span(now.time / 1000 - now.process.start);
  $('ready').textContent = now.ready ? 'ready' : 'not ready';
  $('ready').className = 'badge ' + (now.ready ? 'good' : 'bad');
  tiles();
  plot();
  transports();
  refused();
  sessions();
}

// ---- closing a session ----------------------------------------------------------------------------------

function ask(row) {
  ordered = row;
  $('which').textContent = row.transport + ' on ' + row.service + (row.address ? ', from ' + row.address : '');
  $('fault').textContent = '';
  $('dialog').showModal();
  $('close').focus();
}

async function close() {
  const order = {worker: ordered.worker, session: ordered.key, code: Number($('code').value), reason: $('reason').value};
  try {
    const answer = await fetch('/admin/close', {method: 'POST', headers: {'X-Encke-Admin': '1'}, body: JSON.stringify(order)});
    if (answer.ok) {
      $('dialog').close();
    } else {
      $('fault').textContent = await answer.text();
    }
  } catch (error) {
    $('fault').textContent = 'The server did not answer.';
  }
}

$('close').addEventListener('click', close);
$('cancel').addEventListener('click', () => $('dialog').close());
$('service').addEventListener('change', sessions);
$('find').addEventListener('input', sessions);

// ---- the line to the server -----------------------------------------------------------------------------

addEventListener('resize', () => Object.values(plots).forEach((each) => each.draw()));

function connect() {
  const socket = new Encke.Socket(location.origin + '/admin/live');
  socket.onopen = () => {
    before = null;
    $('line').textContent = 'live';
    $('line').className = 'badge good';
  };
  socket.onmessage = (event) => {
    before = now;
    now = JSON.parse(event.data);
    if (before && before.process.start !== now.process.start) before = null;
    $('line').textContent = 'live over ' + socket.transport;
    show();
  };
  socket.onclose = (event) => {
    $('line').textContent = 'lost (' + event.code + '), trying again';
    $('line').className = 'badge bad';
    setTimeout(connect, 2000);
  };
}

connect();
