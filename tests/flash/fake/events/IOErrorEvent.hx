package fake.events;

class IOErrorEvent extends ErrorEvent {
  public static inline var IO_ERROR = "ioError";
}
