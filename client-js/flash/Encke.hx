// encke.swf: raw sockets for the page that it is in, several at a time. The page calls encke(command); what happens is kept until
// the page pulls it, and the page is nudged when there is something. docs/flash.md describes it, docs/security.md what it allows.
//
//   o,ID,HOST,PORT,POLICY,HELLO   opens a socket; a POLICY, where it is not empty, is where the player asks first
//   s,ID,TEXT                     sends a text frame
//   c,ID                          closes it; nothing more is told of it
//   p                             answers what has happened: ID:KIND:TEXT, with commas (Link.hx)
//
// Everything is quoted (Quoting.hx), texts are UTF-8. Other commands than p are answered by "ok", or by what went wrong.
import flash.external.ExternalInterface;
import flash.system.Security;
import flash.utils.Timer;
import haxe.io.Bytes;

class Encke {
  static inline var kPage = "Encke.calls.flash"; // no parameter of the movie's: whatever stands here is run by the page
  static inline var kNudgeMs = 500; // until the page has pulled, for a nudge may get lost
  static inline var kMostAtOnce = 1 << 18; // characters

  static var links = new Map<String, Link>();
  static var events = new Array<String>();
  static var nudged = false;
  static var timer = new Timer(kNudgeMs);

  static function main() {
    if (!ExternalInterface.available) {
      return;
    }
    ExternalInterface.addCallback("encke", take);
    timer.addEventListener("timer", function (event) {
      nudge();
    });
    timer.start();
    haxe.Timer.delay(nudge, 1); // not while it starts
  }

  static function nudge() {
    nudged = true;
    try {
      ExternalInterface.call(kPage);
    } catch (error:Dynamic) {
      return; // the page is on its way out, or not ours
    }
  }

  static function tell(id:String, kind:String, text:String) {
    events.push(id + ":" + kind + ":" + text);
    if (!nudged) {
      nudge();
    }
    if (!timer.running) {
      timer.start();
    }
  }

  static function take(command:String):String {
    try {
      var parts = command.split(",");
      return parts[0] == "p" ? pull() : act(parts);
    } catch (error:Dynamic) {
      return Quoting.quoteText(Std.string(error));
    }
  }

  static function pull():String {
    var size = 0;
    var count = 0;
    while (count < events.length && size < kMostAtOnce) {
      size += events[count].length;
      count++;
    }
    var pulled = events.splice(0, count).join(",");
    nudged = events.length > 0; // then the page pulls again by itself
    if (!nudged) {
      timer.stop();
    }
    return pulled;
  }

  static function act(parts:Array<String>):String {
    var id = parts[1];
    switch (parts[0]) {
      case "o":
        var policy = Quoting.unquote(parts[4]).toString();
        if (policy != "") {
          Security.loadPolicyFile(policy);
        }
        var link = new Link(Quoting.unquote(parts[5]), function (kind, text) {
          if (kind == "c" || kind == "x") {
            links.remove(id);
          }
          tell(id, kind, text);
        });
        links.set(id, link);
        link.open(Quoting.unquote(parts[2]).toString(), Std.parseInt(parts[3]));
      case "s":
        if (links.get(id) == null) {
          return "closed";
        }
        links.get(id).sendText(Quoting.unquote(parts[2]));
      case "c":
        if (links.get(id) != null) {
          links.get(id).close();
          links.remove(id);
        }
      default:
        return "unknown";
    }
    return "ok";
  }
}
