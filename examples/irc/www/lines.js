// The lines of IRC: what comes in cut into lines and read, what goes out cut to size. No DOM.
var Irc = {};

Irc.lines = (function () {
  // A server's line has 512 bytes, of which the sender's name and the command take their part.
  var longestText = 380;
  var longestLine = 65536; // what comes without an end is given up

  // Takes text as it comes and calls received(line) for each whole line.
  function createReader(received) {
    var rest = '';
    return function (text) {
      var parts = (rest + text).split('\n');
      var i;
      rest = parts.pop();
      if (rest.length > longestLine) {
        rest = '';
      }
      for (i = 0; i < parts.length; i++) {
        received(parts[i].replace(/\r$/, ''));
      }
    };
  }

  // {nick, command, params}, the last parameter being the text where there is one.
  function parse(line) {
    var match = /^(?:@\S+ +)?(?::(\S+) +)?([^\s:]\S*) *(.*)$/.exec(line);
    var params = [];
    var rest, at;
    if (!match) {
      return null;
    }
    rest = match[3];
    while (rest !== '') {
      if (rest.charAt(0) === ':') {
        params.push(rest.substring(1));
        break;
      }
      at = rest.indexOf(' ');
      params.push(at < 0 ? rest : rest.substring(0, at));
      rest = at < 0 ? '' : rest.substring(at + 1).replace(/^ +/, '');
    }
    return {nick: (match[1] || '').split('!')[0], command: match[2].toUpperCase(), params: params};
  }

  // Names are the same in either case; IRC counts {}|~ as the small forms of []\^.
  function fold(name) {
    return name.toLowerCase().replace(/\[/g, '{').replace(/\]/g, '}').replace(/\\/g, '|').replace(/\^/g, '~');
  }

  function isChannel(name) {
    return /^[#&+!]/.test(name);
  }

  // Without colours and other formats, which are control characters, and without marks that turn the direction of text.
  function plain(text) {
    return text.replace(/\x03(\d{1,2}(,\d{1,2})?)?/g, '').replace(/\x04([0-9a-fA-F]{6}(,[0-9a-fA-F]{6})?)?/g, '').replace(/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g, '');
  }

  function bytesOf(text) {
    return encodeURIComponent(text).replace(/%../g, 'x').length;
  }

  // The lines of a text, long ones in pieces, between words where that can be.
  function pieces(text) {
    var all = text.replace(/\r/g, '').replace(/\0/g, '').split('\n');
    var result = [];
    var i, line, end, space;
    for (i = 0; i < all.length; i++) {
      // Half a surrogate pair is no text.
      line = all[i].replace(/[\ud800-\udbff](?![\udc00-\udfff])/g, '').replace(/(^|[^\ud800-\udbff])[\udc00-\udfff]/g, '$1');
      while (bytesOf(line) > longestText) {
        end = Math.min(line.length, longestText);
        while (/[\ud800-\udbff]$/.test(line.substring(0, end)) || bytesOf(line.substring(0, end)) > longestText) {
          end--;
        }
        space = line.lastIndexOf(' ', end);
        end = space > 0 ? space : end;
        result.push(line.substring(0, end));
        line = line.substring(end).replace(/^ /, '');
      }
      if (/\S/.test(line)) {
        result.push(line);
      }
    }
    return result;
  }

  return {createReader: createReader, parse: parse, fold: fold, isChannel: isChannel, plain: plain, pieces: pieces};
}());
