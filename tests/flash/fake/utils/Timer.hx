package fake.utils;

class Timer {
  public var running = false;

  var work:Dynamic->Void;
  var timer:Dynamic;
  var delay:Int;

  public function new(milliseconds:Int) {
    delay = milliseconds;
  }

  public function addEventListener(type:String, itsWork:Dynamic->Void) {
    work = itsWork;
  }

  public function start() {
    if (!running) {
      running = true;
      timer = js.Syntax.code("setInterval({0}, {1})", work, delay);
    }
  }

  public function stop() {
    running = false;
    js.Syntax.code("clearInterval({0})", timer);
  }
}
