// Text and bytes: UTF-8 and base64 over strings whose characters are bytes, and XML.

var kDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function toUtf8(text) {
  return unescape(encodeURIComponent(text));
}

function toBase64(bytes) {
  var out = '';
  var at;
  var three;
  for (at = 0; at < bytes.length; at += 3) {
    three = bytes.charCodeAt(at) << 16 | (bytes.charCodeAt(at + 1) || 0) << 8 | (bytes.charCodeAt(at + 2) || 0);
    out += kDigits.charAt(three >> 18) + kDigits.charAt(three >> 12 & 63) +
      (at + 1 < bytes.length ? kDigits.charAt(three >> 6 & 63) : '=') + (at + 2 < bytes.length ? kDigits.charAt(three & 63) : '=');
  }
  return out;
}

function fromBase64(text) {
  var digits = text.replace(/[^A-Za-z0-9+\/]/g, '');
  var out = '';
  var bits = 0;
  var held = 0;
  var at;
  for (at = 0; at < digits.length; at++) {
    bits = (bits << 6 | kDigits.indexOf(digits.charAt(at))) & 0xFFFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode(bits >> held & 0xFF);
    }
  }
  return out;
}

// What XML has none of, a half of a pair without its other among it, becomes U+FFFD: one such character would end the stream.
function cleaned(text) {
  return String(text).replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\x00-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF]/g, function (found) {
    return found.length === 2 ? found : '\uFFFD';
  });
}

function escaped(text) {
  return cleaned(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/'/g, '&apos;').replace(/"/g, '&quot;').replace(/\r/g, '&#13;');
}

// ' name='value'', or nothing where there is no value.
function attribute(name, value) {
  return value === undefined || value === null || value === '' ? '' : ' ' + name + "='" + escaped(value) + "'";
}

// The root, or null where that is no XML.
function parseXml(text) {
  var parsed = null;
  try {
    if (typeof DOMParser !== 'undefined') {
      parsed = new DOMParser().parseFromString(text, 'text/xml');
    } else {
      parsed = new ActiveXObject('Microsoft.XMLDOM');
      parsed.async = false;
      parsed.loadXML(text);
    }
  } catch (error) {
    parsed = null;
  }
  parsed = parsed && parsed.documentElement;
  return !parsed || parsed.getElementsByTagName('parsererror').length > 0 || nameOf(parsed) === 'parsererror' ? null : parsed;
}

function nameOf(element) {
  return element.localName || element.baseName || element.nodeName.replace(/^.*:/, '');
}

// The first child of that name, and of that namespace where one is given; or null.
function child(element, name, space) {
  var node;
  for (node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === 1 && (!name || nameOf(node) === name) && (!space || node.namespaceURI === space)) {
      return node;
    }
  }
  return null;
}

// All children of that name.
function children(element, name) {
  var all = [];
  var node;
  for (node = element ? element.firstChild : null; node; node = node.nextSibling) {
    if (node.nodeType === 1 && nameOf(node) === name) {
      all.push(node);
    }
  }
  return all;
}

function textOf(element) {
  var text = '';
  var node;
  for (node = element ? element.firstChild : null; node; node = node.nextSibling) {
    text += node.nodeType === 1 ? textOf(node) : node.nodeType === 3 || node.nodeType === 4 ? node.nodeValue : '';
  }
  return text;
}

function valueOf(element, name) {
  return element.getAttribute(name) || '';
}
