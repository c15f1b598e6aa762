package fake.events;

class ProgressEvent extends Event {
  public static inline var SOCKET_DATA = "socketData";
}
