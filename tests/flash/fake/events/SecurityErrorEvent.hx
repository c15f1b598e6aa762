package fake.events;

class SecurityErrorEvent extends ErrorEvent {
  public static inline var SECURITY_ERROR = "securityError";
}
