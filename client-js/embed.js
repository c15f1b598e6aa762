// What is put into the page's document to reach the server: scripts, frames, forms.

var kLateNames = 20;

// As it stands in the markup of an attribute.
function attribute(value) {
  return value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}

var embed = (function () {
  var count = 0;
  var names = 0;
  var lateKeys = []; // of what is not wanted any more, but may still be called

  Encke.calls = {}; // what scripts from the server call; a name each

  function place() {
    var page = env.root.document;
    return page && page.createElement ? page.getElementsByTagName('head')[0] || page.body || page.documentElement : null;
  }

  // Where frames and forms go; a script in the page's head runs before there is a body.
  function frameParent() {
    return env.root.document.body || env.root.document.documentElement;
  }

  // Internet Explorer up to 7 gives the page up when something is put behind what it has not read to its end.
  function put(element, where) {
    where.insertBefore(element, where.firstChild);
  }

  function remove(element) {
    if (element.parentNode) {
      element.parentNode.removeChild(element);
    }
  }

  // Calls work(loaded) once when the element has loaded, or has failed to where the browser tells.
  function whenDone(element, work) {
    function done(loaded) {
      element.onload = element.onerror = element.onreadystatechange = noop;
      work(loaded);
    }
    element.onload = function () {
      done(true);
    };
    element.onerror = function () {
      done(false);
    };
    element.onreadystatechange = function () { // Internet Explorer up to 8 has no load event of scripts
      if (/^(loaded|complete)$/.test(element.readyState)) {
        done(true);
      }
    };
  }

  function makeFrame() {
    var page = env.root.document;
    var name = 'encke_frame' + ++count;
    var frame;
    try {
      frame = page.createElement('<iframe name="' + name + '">'); // Internet Explorer up to 8 sets no name later on
    } catch (e) {
      frame = page.createElement('iframe');
    }
    frame.name = name;
    frame.style.display = 'none';
    return frame;
  }

  function removeFrame(frame) {
    frame.onload = frame.onerror = frame.onreadystatechange = noop;
    remove(frame);
  }

  return {
    whenDone: whenDone,

    // Whether there is a document to put things into.
    isPossible: function () {
      return place() !== null;
    },

    // Whether frames of this origin are not to be reached, since the page has given itself another domain.
    hasOtherDomain: function () {
      var domain = env.root.document.domain;
      return !!domain && domain !== env.root.location.hostname;
    },

    // Gives `value` a name by which a script from the server can call it. forget(late): whether it may still be called.
    name: function (value) {
      var key = 'c' + ++names;
      Encke.calls[key] = value;
      return {
        name: 'Encke.calls.' + key,
        forget: function (late) {
          if (late) {
            Encke.calls[key] = noop;
            lateKeys.push(key);
          } else {
            delete Encke.calls[key];
          }
          if (lateKeys.length > kLateNames) {
            delete Encke.calls[lateKeys.shift()];
          }
        }
      };
    },

    // Runs the script at an address; ended(loaded) follows. Answers what takes it out again.
    addScript: function (address, ended) {
      var element = env.root.document.createElement('script');
      whenDone(element, ended);
      element.charset = 'UTF-8';
      element.src = env.scriptUrl(address);
      put(element, place());
      return function () {
        remove(element);
      };
    },

    // Loads a page into a hidden frame; ended() follows when it is complete. Answers {element, remove: function}.
    addFrame: function (address, ended) {
      var frame = makeFrame();
      whenDone(frame, ended);
      frame.src = address;
      put(frame, frameParent());
      return {element: frame, remove: function () {
        removeFrame(frame);
      }};
    },

    // Puts markup beyond the page's edge: a plug-in in what is hidden does not start. Answers what takes it out again.
    addOutside: function (markup) {
      var place = env.root.document.createElement('div');
      place.style.position = 'absolute';
      place.style.left = place.style.top = '-100px';
      put(place, frameParent());
      place.innerHTML = markup;
      return function () {
        remove(place);
      };
    },

    // Posts a form with one field, d, into a hidden frame; ended() follows when the answer, whatever it is, has come.
    // Answers what takes both out again.
    postForm: function (address, value, ended) {
      var page = env.root.document;
      var frame = makeFrame();
      var form = page.createElement('form');
      var field = page.createElement('textarea'); // an input would drop line ends
      form.action = address;
      form.target = frame.name;
      form.method = 'POST';
      form.enctype = 'application/x-www-form-urlencoded';
      form.acceptCharset = 'UTF-8';
      form.style.display = 'none';
      field.name = 'd';
      field.value = value;
      form.appendChild(field);
      put(frame, frameParent());
      put(form, frameParent());
      whenDone(frame, ended);
      form.submit();
      return function () {
        remove(form);
        removeFrame(frame);
      };
    }
  };
}());

function embedObstacle() {
  return embed.isPossible() ? '' : 'there is no document';
}

// One GET by a script tag, which reaches any origin in any browser; its answer calls a function, as often as it likes.
//
// address(name) answers the URL; name is that of the callback. called(text) comes for each call, then ended(); or
// failed(why). None of them comes from inside of callByScript() or after abort(), which it answers.
function callByScript(address, timeout, called, ended, failed) {
  var over = false;
  var ending = false;
  var timer = createTimer();
  var callback, removeScript;

  function finish(late) {
    over = true;
    timer.stop();
    env.later(removeScript, 0); // not while the script is running
    callback.forget(late);
  }

  function endSoon() {
    if (!ending) {
      ending = true;
      env.later(function () { // the script has run to its end by then, also where no event says so
        if (!over) {
          finish(false);
          ended();
        }
      }, 0);
    }
  }

  function fail(why) {
    if (!over && !ending) {
      finish(true);
      failed(why);
    }
  }

  callback = embed.name(function (argument) {
    if (!over) {
      endSoon();
      called(String(argument));
    }
  });
  removeScript = embed.addScript(address(callback.name), function (loaded) {
    if (over) {
      callback.forget(false);
    } else if (loaded) {
      endSoon();
    } else {
      env.later(function () {
        fail(kCutOff);
      }, 0);
    }
  });
  timer.start(timeout, function () {
    fail(noAnswer(timeout));
  });
  return {
    abort: function () {
      if (!over) {
        finish(true);
      }
    }
  };
}
