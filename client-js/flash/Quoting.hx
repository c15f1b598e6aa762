// What goes between the Flash Player and the page: ASCII that stands for itself and %XX for every other byte. The player makes
// JavaScript source of what it gives to a page and XML of what it gets, and escapes neither well: so there is no quote, backslash,
// entity, NUL nor anything beyond ASCII in it. A comma and a colon part what stands beside each other.
import haxe.io.Bytes;
import haxe.io.BytesBuffer;

class Quoting {
  static inline var kUnsafe = "\"'\\&<>%,:`";
  static var isSafe:Array<Bool> = [for (code in 0...256) code >= 0x20 && code < 0x7f && kUnsafe.indexOf(String.fromCharCode(code)) < 0];
  static inline var kDigits = "0123456789ABCDEF";

  public static function quote(bytes:Bytes):String {
    var out = new StringBuf();
    var begin = 0;
    for (at in 0...bytes.length) {
      var byte = bytes.get(at);
      if (isSafe[byte]) {
        continue;
      }
      addPlain(out, bytes, begin, at);
      out.add("%");
      out.add(kDigits.charAt(byte >> 4));
      out.add(kDigits.charAt(byte & 15));
      begin = at + 1;
    }
    addPlain(out, bytes, begin, bytes.length);
    return out.toString();
  }

  static function addPlain(out:StringBuf, bytes:Bytes, begin:Int, end:Int) {
    if (end > begin) {
      out.add(bytes.getString(begin, end - begin)); // plain ASCII, without a NUL, at which the player would stop
    }
  }

  public static function quoteText(text:String):String {
    return quote(Bytes.ofString(text));
  }

  // The page's encodeURIComponent(), whose texts are UTF-8 here.
  public static function unquote(text:String):Bytes {
    var out = new BytesBuffer();
    var parts = text.split("%");
    out.addString(parts[0]);
    for (index in 1...parts.length) {
      out.addByte(Std.parseInt("0x" + parts[index].substr(0, 2)));
      out.addString(parts[index].substr(2));
    }
    return out.getBytes();
  }
}
