// What the tabs of an origin tell each other: BroadcastChannel, or where that is missing localStorage, whose changes the
// other tabs are told of. Posts are plain values, fit for JSON. From one tab to another they arrive in order; nobody gets
// its own. Their arrival is an event, which browsers do not slow down in the background as they do timers.
//
// createTabsChannel(name, receive) answers {post(value), close()}; null where this browser has neither. Without `receive`
// it only posts.

// localStorage where it works and its changes are told with what they are, or null. Internet Explorer 8 does not say what.
function tabsStorage() {
  return env.root.addEventListener ? findStorage('localStorage') : null;
}

function createTabsChannel(name, receive) {
  var prefix = 'encke.post ' + name + ' ';
  var own = prefix + env.randomId(16);
  var posts = 0;
  var storage, channel;

  if (env.root.BroadcastChannel) {
    try {
      channel = new env.root.BroadcastChannel(name);
    } catch (e) {
      return null; // a page without an origin of its own
    }
    channel.onmessage = receive && function (event) {
      receive(event.data);
    };
    return {
      post: function (value) {
        channel.postMessage(value);
      },
      close: function () {
        channel.onmessage = null;
        channel.close();
      }
    };
  }

  storage = tabsStorage();
  return storage && {
    // What does not fit is not posted; whoever waits for it finds that a number is missing.
    post: function (value) {
      posts++;
      try {
        storage.setItem(own, json.stringify({number: posts, post: value})); // equal values would be no change
        storage.removeItem(own);
      } catch (e) {
        return;
      }
    },

    close: env.listen('window', {storage: function (event) {
      var key = event.key || '';
      if (receive && event.newValue && key.substring(0, prefix.length) === prefix && key !== own) {
        receive(json.parse(event.newValue).post);
      }
    }})
  };
}
