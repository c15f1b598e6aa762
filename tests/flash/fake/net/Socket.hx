// flash.net.Socket over node's: what it has written leaves with flush(), and what came is read by its own methods, high bytes first.
package fake.net;

import fake.events.ErrorEvent;
import fake.events.Event;
import haxe.io.BytesData;

class Socket {
  public var connected = false;
  public var endian = "";
  public var bytesAvailable(get, never):Int;

  var handlers:Dynamic = {};
  var line:Dynamic; // of node's net
  var came = new Array<Int>();
  var written = new Array<Int>();

  public function new() {}

  public function addEventListener(type:String, work:Dynamic->Void) {
    Reflect.setField(handlers, type, work);
  }

  public function connect(host:String, port:Int) {
    line = js.Syntax.code("player.connect({0}, {1})", host, port);
    line.on("connect", function () {
      connected = true;
      tell(new Event(Event.CONNECT));
    });
    line.on("data", function (chunk:Dynamic) {
      for (at in 0...chunk.length) {
        came.push(chunk[at]);
      }
      tell(new Event("socketData"));
    });
    line.on("error", function (error:Dynamic) {
      var event = new ErrorEvent("ioError");
      event.text = "Error #2031: " + error.message;
      tell(event);
    });
    line.on("end", function () {
      connected = false;
      tell(new Event(Event.CLOSE));
    });
  }

  function tell(event:Event) {
    var work:Dynamic = Reflect.field(handlers, event.type);
    if (work != null) {
      work(event);
    }
  }

  function get_bytesAvailable():Int {
    return came.length;
  }

  function take():Int {
    if (came.length == 0) {
      throw "Error #2030: End of file was encountered.";
    }
    return came.shift();
  }

  public function readUnsignedByte():Int {
    return take();
  }

  public function readUnsignedInt():Float {
    return ((take() * 256.0 + take()) * 256.0 + take()) * 256.0 + take();
  }

  public function readBytes(to:BytesData, offset:Int, length:Int) {
    var bytes = haxe.io.Bytes.ofData(to);
    var taken = came.splice(0, length == 0 ? came.length : length);
    for (at in 0...taken.length) {
      bytes.set(offset + at, taken[at]);
    }
  }

  public function writeByte(byte:Int) {
    written.push(byte & 255);
  }

  public function writeUnsignedInt(number:Int) {
    for (shift in [24, 16, 8, 0]) {
      writeByte(number >> shift);
    }
  }

  public function writeBytes(from:BytesData, offset:Int, length:Int) {
    var bytes = haxe.io.Bytes.ofData(from);
    for (at in 0...(length == 0 ? bytes.length : length)) {
      written.push(bytes.get(offset + at));
    }
  }

  public function writeUTFBytes(text:String) {
    var bytes = haxe.io.Bytes.ofString(text);
    writeBytes(bytes.getData(), 0, bytes.length);
  }

  public function flush() {
    var all = written;
    written = [];
    js.Syntax.code("{0}.write(Buffer.from({1}))", line, all);
  }

  public function close() {
    connected = false;
    line.end();
  }
}
