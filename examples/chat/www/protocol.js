// What the pages say to each other. The server only hands every message to every page, so each page checks all that
// arrives: anybody may send anything.
//
// A message is a JSON object with chat: 1, a kind, and of its sender an id (one a page), a name and a room:
//   join    came into the room; with ask: true it also asks the others to say where they are
//   here    is there, and says so every quarter of a minute, or because somebody asked
//   leave   goes away
//   typing  on: true or false
//   say     n (a number that counts up, which tells a repeated message), text
Chat.protocol = (function () {
  var limits = {id: 32, name: 32, room: 32, text: 2000, lines: 60, frame: 16384};
  var kinds = {join: true, here: true, leave: true, typing: true, say: true};
  // Controls but the line end, marks that turn the direction of what follows, blanks that are none, and what is no character.
  var unwanted = new RegExp('[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e' +
    '\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\uffff]', 'g');
  // Marks piled up on one character reach over the lines above and below it.
  var mark = '[\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f]';
  var piled = new RegExp('(' + mark + '{3})' + mark + '+', 'g');

  function cut(text, length) {
    var end = text.length > length ? length : text.length;
    if (end < text.length && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) <= 0xdbff) {
      end--; // never half a character
    }
    return text.substring(0, end);
  }

  // Half a surrogate pair is no character, and encodeURIComponent throws at it.
  function dropHalf(unit) {
    return unit.length === 2 ? unit : '';
  }

  function clean(text, substitute) {
    return String(text).replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, dropHalf).replace(unwanted, substitute)
      .replace(piled, '$1');
  }

  // Whether there is something to see, and not only joiners and variants of what is missing.
  function isVisible(text) {
    return /[^\s\u0300-\u036f\u200c\u200d\ufe00-\ufe0f]/.test(text);
  }

  function cleanName(text) {
    var name = cut(clean(text, ' ').replace(/\s+/g, ' ').replace(/^ /, ''), limits.name).replace(/ $/, '');
    return isVisible(name) ? name : '';
  }

  function cleanRoom(text) {
    var name = cut(clean(String(text).toLowerCase(), ' ').replace(/[\s#\/?]+/g, '-').replace(/^-+/, ''), limits.room)
      .replace(/-+$/, '');
    return isVisible(name) ? name : '';
  }

  function cleanText(text) {
    var lines = cut(clean(String(text).replace(/\r\n?/g, '\n').replace(/\t/g, '  '), ''), limits.text).split('\n');
    return lines.slice(0, limits.lines).join('\n').replace(/\n{3,}/g, '\n\n').replace(/^\s*\n|\s+$/g, '');
  }

  function encode(message) {
    message.chat = 1;
    return Encke.JSON.stringify(message);
  }

  // The message in a frame, checked and cut to size; null when it is none.
  function decode(frame) {
    var raw, message;
    if (typeof frame !== 'string' || frame.length > limits.frame) {
      return null;
    }
    try {
      raw = Encke.JSON.parse(frame);
    } catch (e) {
      return null; // not from a page like this one
    }
    if (!raw || typeof raw !== 'object' || raw.chat !== 1 || typeof raw.kind !== 'string' ||
        !kinds.hasOwnProperty(raw.kind) || typeof raw.id !== 'string' || !/^[a-z0-9]{8,32}$/.test(raw.id) ||
        typeof raw.name !== 'string' || typeof raw.room !== 'string') {
      return null;
    }
    message = {kind: raw.kind, id: raw.id, name: cleanName(raw.name), room: cleanRoom(raw.room), ask: raw.ask === true,
      on: raw.on === true};
    if (message.name === '' || message.room === '') {
      return null;
    }
    if (raw.kind === 'say') {
      message.text = typeof raw.text === 'string' ? cleanText(raw.text) : '';
      message.n = typeof raw.n === 'number' && isFinite(raw.n) ? Math.floor(raw.n) : -1;
      if (message.text === '' || message.n < 0) {
        return null;
      }
    }
    return message;
  }

  return {limits: limits, cleanName: cleanName, cleanRoom: cleanRoom, cleanText: cleanText, encode: encode, decode: decode};
}());
