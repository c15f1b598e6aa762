// Words between two pages of different origins in browsers without postMessage: each sets the fragment of an address that the
// other reads, its own or that of a frame of its own origin. Nobody else can read them, nor, without the token, speak.
//
//   #token.number.heard.more.piece     the piece with this number, `more` of whose words follow; the last that was heard
//
// A piece is there until the other side has heard it; then comes the next.

var kFragmentLength = 1200; // Internet Explorer takes addresses of 2083 characters
var kFragmentMs = 20;

// write(fragment) shows one, read() answers the address that the other side wrote, or ''; heard(words) comes for each post().
function createFragments(token, write, read, heard) {
  var pieces = []; // that wait, the first one being shown where `sent` has not been heard
  var sent = 0;
  var isHeard = true;
  var received = 0;
  var words = '';
  var timer = createTimer();

  function show() {
    if (isHeard && pieces.length > 0) {
      sent++;
      isHeard = false;
    }
    write('#' + token + '.' + sent + '.' + received + '.' + (isHeard ? '0.' : pieces[0]));
  }

  function take(address) {
    var parts = /#([a-z0-9]+)\.([0-9]+)\.([0-9]+)\.([01])\.(.*)$/.exec(address);
    var isTheirs = parts && parts[1] === token;
    var isNew = isTheirs && Number(parts[2]) === received + 1;
    var whole = '';
    if (isTheirs && !isHeard && Number(parts[3]) === sent) {
      isHeard = true;
      pieces.shift();
    }
    if (isNew) {
      received++;
      words += parts[5];
      if (parts[4] === '0') {
        whole = words;
        words = '';
      }
    }
    if (isNew || (isHeard && pieces.length > 0)) {
      show();
    }
    if (whole) {
      heard(decodeURIComponent(whole));
    }
  }

  function look() {
    timer.start(kFragmentMs, look);
    take(read());
  }

  timer.start(kFragmentMs, look);
  return {
    post: function (text) {
      var encoded = encodeURIComponent(json.ascii(text));
      var at;
      for (at = 0; at < encoded.length; at += kFragmentLength) {
        pieces.push((at + kFragmentLength < encoded.length ? '1.' : '0.') + encoded.substring(at, at + kFragmentLength));
      }
      if (isHeard) {
        show();
      }
    },

    close: timer.stop
  };
}

// The address of the frame in `other`, a window of another origin, that is of this page's origin and has words in its fragment.
function readNested(other) {
  var i, address;
  for (i = 0; i < other.frames.length; i++) {
    try {
      address = String(other.frames[i].location.href);
    } catch (e) {
      address = ''; // another origin's
    }
    if (address.indexOf('#') >= 0) {
      return address;
    }
  }
  return '';
}
