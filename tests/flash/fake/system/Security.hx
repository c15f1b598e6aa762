package fake.system;

class Security {
  public static function loadPolicyFile(address:String) {
    untyped js.Syntax.code("player.policies.push({0})", address);
  }
}
