// What crosses goes through the test's `player` (player.js).
package fake.external;

class ExternalInterface {
  public static var available = true;

  public static function addCallback(name:String, work:String->String) {
    untyped js.Syntax.code("player.addCallback({0}, {1})", name, work);
  }

  public static function call(name:String) {
    untyped js.Syntax.code("player.call({0})", name);
  }
}
