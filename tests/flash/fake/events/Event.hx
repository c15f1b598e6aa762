package fake.events;

class Event {
  public static inline var CONNECT = "connect";
  public static inline var CLOSE = "close";

  public var type:String;

  public function new(itsType:String) {
    type = itsType;
  }
}
