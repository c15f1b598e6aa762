// One raw socket: frames of PROTOCOL 6.13 to the server and from it.
import flash.events.Event;
import flash.events.IOErrorEvent;
import flash.events.ProgressEvent;
import flash.events.SecurityErrorEvent;
import flash.net.Socket;
import flash.utils.Endian;
import haxe.crypto.Base64;
import haxe.io.Bytes;

class Link {
  static inline var kHeadBytes = 5;
  static inline var kLongestFrame = 1 << 28; // a server's frame has far less: what announces more is not ours
  static inline var kCloseMs = 5000; // for the server to answer a close

  var socket = new Socket();
  var hello:Bytes;
  var tell:(kind:String, text:String) -> Void; // never called again after "c" or "x"
  var kind = 0; // of the frame whose head has come, or 0
  var length = 0;
  var saidClose = false;

  // tell: "o" when it is open; "t" with each frame, quoted, as text; then "c" with the code and reason of a close, or "x" with what
  // went wrong.
  public function new(itsHello:Bytes, itsTell:(kind:String, text:String) -> Void) {
    hello = itsHello;
    tell = itsTell;
    socket.endian = Endian.BIG_ENDIAN;
    socket.addEventListener(Event.CONNECT, connected);
    socket.addEventListener(ProgressEvent.SOCKET_DATA, came);
    socket.addEventListener(Event.CLOSE, ended);
    socket.addEventListener(IOErrorEvent.IO_ERROR, failed);
    socket.addEventListener(SecurityErrorEvent.SECURITY_ERROR, failed);
  }

  public function open(host:String, port:Int) {
    try {
      socket.connect(host, port);
    } catch (error:Dynamic) {
      give("x", Quoting.quoteText(Std.string(error)));
    }
  }

  public function sendText(payload:Bytes) {
    write("t", payload);
  }

  // Ends it in order; nothing is told any more.
  public function close() {
    tell = null;
    if (socket.connected) {
      sayClose(1000);
    }
    shutSoon();
  }

  function give(kind:String, text:String) {
    var to = tell;
    if (kind == "c" || kind == "x") {
      tell = null;
    }
    if (to != null) {
      to(kind, text);
    }
  }

  function write(letter:String, payload:Bytes) {
    socket.writeByte(letter.charCodeAt(0));
    socket.writeUnsignedInt(payload.length);
    if (payload.length > 0) { // 0 would mean all
      socket.writeBytes(payload.getData(), 0, payload.length);
    }
    socket.flush();
  }

  function sayClose(code:Int) {
    if (!saidClose) {
      saidClose = true;
      var payload = Bytes.alloc(2);
      payload.set(0, code >> 8);
      payload.set(1, code & 255);
      write("c", payload);
    }
  }

  // The server closes first: what is under way to it still arrives.
  function shutSoon() {
    if (socket.connected) {
      haxe.Timer.delay(shut, kCloseMs);
    } else {
      shut();
    }
  }

  function shut() {
    try {
      socket.close();
    } catch (error:Dynamic) {
      return; // it never came to anything
    }
  }

  function connected(event:Event) {
    if (tell == null) {
      shut();
      return;
    }
    socket.writeUTFBytes("encke.1\n");
    write("h", hello);
    give("o", "");
  }

  function came(event:ProgressEvent) {
    while (tell != null && takeFrame()) {
      continue;
    }
    if (tell == null && socket.connected) {
      drop();
    }
  }

  function drop() {
    while (socket.bytesAvailable > 0) {
      socket.readUnsignedByte();
    }
  }

  // Whether there was one.
  function takeFrame():Bool {
    if (kind == 0) {
      if (socket.bytesAvailable < kHeadBytes) {
        return false;
      }
      kind = socket.readUnsignedByte();
      var announced = socket.readUnsignedInt();
      if ("tbc".indexOf(String.fromCharCode(kind)) < 0 || announced > kLongestFrame) {
        give("x", "what came is not the server's; something on the way answers in its place");
        shut();
        return false;
      }
      length = Std.int(announced);
    }
    if (Std.int(socket.bytesAvailable) < length) {
      return false;
    }
    var payload = Bytes.alloc(length);
    if (length > 0) { // 0 would mean all
      socket.readBytes(payload.getData(), 0, length);
    }
    takeWhole(String.fromCharCode(kind), payload);
    kind = 0;
    return true;
  }

  function takeWhole(letter:String, payload:Bytes) {
    if (letter == "t") {
      give("t", Quoting.quote(payload));
    } else if (letter == "b") {
      give("t", "b" + Base64.encode(payload, false)); // as the facade writes bytes where there is only text
    } else {
      var code = payload.length < 2 ? 1005 : payload.get(0) << 8 | payload.get(1);
      sayClose(1000);
      give("c", code + " " + (payload.length < 3 ? "" : Quoting.quote(payload.sub(2, payload.length - 2))));
      shutSoon();
    }
  }

  function ended(event:Event) {
    give("x", "");
    shut();
  }

  function failed(event:flash.events.ErrorEvent) {
    give("x", Quoting.quoteText(event.text));
    shut();
  }
}
