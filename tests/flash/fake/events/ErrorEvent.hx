package fake.events;

class ErrorEvent extends Event {
  public var text = "";
}
